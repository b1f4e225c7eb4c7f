import { expect, test } from 'vitest'
import { xml } from '../../../worker/xmpp/xml.ts'
import {
  answerAll,
  answerPage,
  answerQuery,
  archived,
  giveRoster,
  introduced,
  message,
  newStream,
  search,
  setUp,
  taken,
  text,
} from './hand-line.ts'

test('[CS1] a frame is settled when the server has its stanza', () => {
  const { line, conversation } = introduced()
  conversation.onFrame(text('a', 1), false)
  conversation.onFrame({ messageType: 'DISPLAYED', id: 'b', to: 'ben', message: 'x', seq: 2 }, false)
  conversation.onFrame({ messageType: 'SUBSCRIPTION', id: 'c', to: 'ben', answer: 'approve', seq: 3 }, false)
  conversation.onFrame({ messageType: 'TYPING', to: 'ben', state: 'paused' }, false)
  expect(line.settledSeqs).toEqual([])
  conversation.acknowledged(2)
  expect(line.settledSeqs).toEqual([1, 2])
  conversation.acknowledged(4)
  expect(line.settledSeqs).toEqual([1, 2, 3])
})

test('[CS1] where the server does not count a frame is settled at once', () => {
  const { line, conversation } = introduced()
  line.counting = false
  conversation.onFrame(text('a', 1), false)
  expect(line.settledSeqs).toEqual([1])
})

test('[CS1] a frame for which nothing goes out is settled at once', () => {
  const { line, conversation } = introduced()
  const frame = { messageType: 'DISPLAYED', id: 'b', to: 'stranger', message: 'x', seq: 1 } as const
  expect(conversation.onFrame(frame, false)).toEqual(taken)
  expect([line.sent, line.settledSeqs]).toEqual([[], [1]])
})

test('[CS2] what is refused takes no stanza and is pushed by nobody', () => {
  const { line, conversation } = introduced()
  expect(conversation.onFrame({ ...text('a', 1), to: 'a@b@c' }, false)).toMatchObject({
    kind: 'refused',
    error: { id: 'a', code: 'bad-address' },
  })
  line.up = false
  for (const frame of [
    text('b', 2),
    { messageType: 'PRESENCE', id: 'b', show: 'dnd' },
    { messageType: 'ADD_CONTACT', id: 'b', to: 'ben' },
    { messageType: 'HISTORY', id: 'b' },
  ] as const) {
    expect(conversation.onFrame(frame, false)).toMatchObject({ error: { id: 'b', code: 'try-again' } })
  }
  expect([line.frames(), conversation.presence]).toEqual([[], undefined])
})

test('[CS3] what the server certainly does not have is sent again, in order, before anything newer', () => {
  const parts = introduced()
  const { line, conversation } = parts
  for (const [index, id] of ['a', 'b', 'c'].entries()) conversation.onFrame(text(id, index + 1), false)
  conversation.startOver(1)
  expect(line.settledSeqs).toEqual([1])
  line.sent.length = 0
  conversation.introduce('ana@localhost/new')
  expect(conversation.onFrame(text('d', 4), false)).toEqual(taken)
  expect(line.bodies).toEqual([])
  answerAll(parts)
  expect(line.bodies).toEqual(['b', 'c', 'd'])
  conversation.acknowledged(line.sent.length)
  expect(line.settledSeqs).toEqual([1, 2, 3, 4])
  expect(line.frames()).toEqual([])
})

test('[CS4] what nobody knows is looked for in the archive; what is there is settled, what is not is sent', () => {
  const parts = introduced()
  const { line, conversation } = parts
  for (const [index, id] of ['a', 'b', 'c'].entries()) conversation.onFrame(text(id, index + 1), false)
  newStream(parts, undefined)
  conversation.onFrame(text('d', 4), false)
  search(parts)
  expect([line.bodies, line.queries.length]).toEqual([[], 1])
  answerQuery(parts, line.queries[0], ['b', 'old'])
  expect(line.settledSeqs).toEqual([2])
  expect(line.bodies).toEqual(['a', 'c', 'd'])
})

test('[CS4] without an archive it is unsure, and no longer waited for', () => {
  const parts = introduced()
  const { line, conversation } = parts
  conversation.onFrame(text('a', 1), false)
  newStream(parts, undefined)
  conversation.onFrame(text('b', 2), false)
  search(parts)
  conversation.onStanza(xml('iq', { type: 'error', id: line.queries[0]?.attrs['id'] }), undefined)
  expect(line.frames()).toMatchObject([{ messageType: 'STATE', id: 'a', state: 'unsure', code: 'unsure' }])
  expect(line.settledSeqs).toEqual([1])
  expect(line.bodies).toEqual(['b'])
})

test('[CS4] all but a text may be said twice, so nobody looks for it', () => {
  const parts = introduced()
  const { line, conversation } = parts
  conversation.onFrame(text('a', 1), false)
  conversation.acknowledged(1)
  conversation.onFrame({ messageType: 'DISPLAYED', id: 'b', to: 'ben', message: 'x', seq: 2 }, false)
  newStream(parts, undefined)
  expect(line.sent.filter(stanza => stanza.getChild('displayed')).length).toBe(1)
})

test('[CS5] suspects of one batch share one search, and what comes meanwhile waits behind them', () => {
  const parts = introduced()
  const { line, conversation } = parts
  for (const [index, id] of ['a', 'b'].entries()) conversation.onFrame(text(id, index + 1), true)
  conversation.onFrame(text('c', 3), false)
  search(parts)
  expect([line.bodies, line.queries.length]).toEqual([[], 1])
  answerQuery(parts, line.queries[0], ['a'])
  expect([line.settledSeqs, line.bodies]).toEqual([[1], ['b', 'c']])
})

test('[CS5] a suspect that comes during a search gets one of its own', () => {
  const parts = introduced()
  const { line, conversation } = parts
  conversation.onFrame(text('a', 1), true)
  search(parts)
  conversation.onFrame(text('b', 2), true)
  answerQuery(parts, line.queries[0], ['a', 'b'])
  expect(line.settledSeqs).toEqual([1])
  search(parts)
  answerQuery(parts, line.queries[1], ['b'])
  expect([line.settledSeqs, line.bodies]).toEqual([[1, 2], []])
})

test('[CS18] of suspects in two batches none is sent again because the archive shows a later one first', () => {
  const parts = introduced()
  const { line, conversation } = parts
  line.whole = false
  conversation.onFrame(text('a', 1), true)
  search(parts)
  line.whole = true
  conversation.onFrame(text('b', 2), true)
  answerPage(parts, line.queries[0], ['b'])
  expect([line.queries.length, line.settledSeqs, line.bodies]).toEqual([2, [], []])
  answerPage(parts, line.queries[1], ['a'])
  search(parts)
  answerPage(parts, line.queries[2], ['b', 'a'])
  expect([line.settledSeqs, line.bodies]).toEqual([[1, 2], []])
})

test('[CS18] once all suspects have come a text that is none of them ends the search', () => {
  const parts = introduced()
  const { line, conversation } = parts
  conversation.onFrame(text('a', 1), true)
  search(parts)
  answerPage(parts, line.queries[0], ['before'])
  expect([line.queries.length, line.bodies]).toEqual([1, ['a']])
})

test('[CS5] a forged entry does not make a suspect found', () => {
  const parts = introduced()
  const { line, conversation } = parts
  conversation.onFrame(text('a', 1), true)
  search(parts)
  const id = String(line.queries[0]?.attrs['id'])
  conversation.onStanza(archived(id, 'a', 'evil@localhost'), undefined)
  conversation.onStanza(archived('n0', 'a'), undefined)
  answerQuery(parts, line.queries[0], [])
  expect([line.settledSeqs, line.bodies]).toEqual([[], ['a']])
})

test('[CS5] a search that breaks with its stream is made again on the next', () => {
  const parts = introduced()
  const { line, conversation } = parts
  conversation.onFrame(text('a', 1), true)
  search(parts)
  newStream(parts, undefined)
  search(parts, 1000)
  answerQuery(parts, line.queries[0], ['a'])
  expect(line.settledSeqs).toEqual([1])
})

test('[CS6] a line that is down for a moment loses nothing that was taken', () => {
  const parts = introduced()
  const { line, clock, conversation } = parts
  conversation.onFrame(text('a', 1), true)
  conversation.onFrame(text('b', 2), false)
  line.up = false
  clock.advance(1050)
  line.up = true
  search(parts, 1000)
  answerQuery(parts, line.queries[0], [])
  expect(line.bodies).toEqual(['a', 'b'])
  conversation.end()
  expect(clock.pending).toBe(0)
})

test('[CS7] a message that the last stream may have swallowed is unsure when no other comes', () => {
  const { line, conversation } = introduced()
  conversation.onFrame(text('a', 1), false)
  conversation.onFrame(text('b', 2), true)
  conversation.giveUp()
  expect(line.frames()).toMatchObject([
    { messageType: 'STATE', id: 'a', state: 'unsure' },
    { messageType: 'STATE', id: 'b', state: 'unsure' },
  ])
  conversation.end()
})

test('[CS11] away after a while and back again, told once each', () => {
  const parts = introduced()
  const { line, clock, conversation } = parts
  const shows = () => line.sent.splice(0).map(stanza => stanza.getChildText('show'))
  conversation.setAway(true)
  conversation.setAway(true)
  expect(shows()).toEqual(['away'])
  newStream(parts, undefined)
  expect(line.sent.find(stanza => stanza.is('presence'))?.getChildText('show')).toBe('away')
  line.sent.length = 0
  line.up = false
  conversation.setAway(false)
  line.up = true
  clock.advance(1000)
  expect(shows()).toEqual([null])
  conversation.onFrame({ messageType: 'PRESENCE', show: 'xa' }, false)
  shows()
  conversation.setAway(true)
  conversation.setAway(false)
  expect(shows()).toEqual([])
})

test('[CS12] a receipt is believed from whom the message went to, and its asker gets one', () => {
  const parts = setUp('sequenced')
  const { line, conversation } = parts
  conversation.introduce('ana@localhost/here')
  giveRoster(parts, 'ben@localhost')
  answerAll(parts)
  line.sent.length = 0
  conversation.onFrame(text('m1', 1), false)
  const receipt = (from: string) =>
    xml('message', { from }, xml('received', { xmlns: 'urn:xmpp:receipts', id: 'm1' }))
  conversation.onStanza(receipt('evil@localhost/x'), 1)
  expect(line.frames()).toEqual([])
  conversation.onStanza(receipt('ben@localhost/x'), 2)
  expect(line.frames()).toEqual([{ messageType: 'STATE', id: 'm1', state: 'delivered', from: 'ben' }])
  const asking = message('hi')
  asking.append(xml('request', { xmlns: 'urn:xmpp:receipts' }))
  conversation.onStanza(asking, 3)
  expect(line.sent.at(-1)?.getChild('received', 'urn:xmpp:receipts')?.attrs['id']).toBe('q1')
})

test('[CS13] a request to see the presence is in the snapshot until it is answered', () => {
  const { conversation } = introduced()
  conversation.onStanza(xml('presence', { type: 'subscribe', from: 'joe@b.example/x' }), 1)
  expect(conversation.snapshot()).toMatchObject([{ requests: [{ from: 'joe@b.example' }] }])
  conversation.onFrame(
    { messageType: 'SUBSCRIPTION', id: 's', to: 'joe@b.example', answer: 'refuse', seq: 1 },
    false,
  )
  expect(conversation.snapshot()).toMatchObject([{ requests: [] }])
})
