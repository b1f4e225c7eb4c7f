import { expect, test } from 'vitest'
import type { Handover } from '../../../shared/handoff/schemas.ts'
import { xml, type Element } from '../../../worker/xmpp/xml.ts'
import {
  answerAll,
  answerQuery,
  giveRoster,
  introduce,
  introduced,
  message,
  search,
  setUp,
  text,
  type Parts,
} from './hand-line.ts'

test('[CS9] after a crash the roster is read again, contacts are unknown, and nobody is told of us', () => {
  const parts = setUp('sequenced')
  const { line, conversation } = parts
  conversation.onStanza(xml('presence', { from: 'ben@localhost/x' }), 5)
  conversation.relearn('ana@localhost/here', undefined)
  conversation.onStanza(message('hi'), 6)
  giveRoster(parts, 'ben@localhost', 'eve@localhost')
  answerAll(parts)
  expect(line.introductions.length).toBe(1)
  expect(line.sent.some(stanza => stanza.is('presence'))).toBe(false)
  expect(line.frames()).toMatchObject([{ content: 'hi' }])
  expect(conversation.snapshot()).toMatchObject([
    {
      messageType: 'SNAPSHOT',
      contacts: [
        { jid: 'ben@localhost', presence: { show: 'available' } },
        { jid: 'eve@localhost', presence: { show: 'unknown' } },
      ],
      requests: [],
    },
  ])
})

const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'

/** What a worker that drains gives to the next, as JSON, after `unacked` of its stanzas were not acknowledged. */
function handOver({ conversation }: Parts, unacked: readonly Element[], acked: number): Handover {
  const outbound = { acked, unacked: unacked.map(String) }
  const { presence, seen, requests, frames, waiting } = conversation.handover(outbound)
  const handover: Handover = {
    up: { last: 0, acked: 0, ids: [] },
    outbound: { ...outbound, frames, waiting },
    presence,
    seen,
    requests,
  }
  return JSON.parse(JSON.stringify(handover)) as Handover
}

/** A session with contacts, a request, a presence and frames in every state of being sent. */
function drained(): Handover {
  const parts = setUp('sequenced')
  const { line, conversation } = parts
  conversation.introduce('ana@localhost/here')
  giveRoster(parts, 'ben@localhost', 'eve@localhost')
  answerAll(parts)
  conversation.onFrame({ messageType: 'PRESENCE', show: 'dnd', status: 'busy' }, false)
  conversation.onStanza(xml('presence', { from: 'ben@localhost/x' }, xml('show', {}, 'chat')), 1)
  conversation.onStanza(xml('presence', { type: 'subscribe', from: 'joe@b.example' }), 2)
  const before = line.sent.length
  for (const [index, id] of ['a', 'b'].entries()) conversation.onFrame(text(id, index + 1), false)
  conversation.acknowledged(before + 1)
  conversation.onFrame(text('c', 3), true)
  conversation.onFrame(text('d', 4), false)
  return handOver(parts, line.sent.slice(before + 1), before + 1)
}

test('[CS10] a successor with a handover shows the same, and goes on sending where the other was', () => {
  const parts = setUp('sequenced')
  const { line, conversation } = parts
  const from = drained()
  conversation.relearn('ana@localhost/here', from)
  giveRoster(parts, 'ben@localhost', 'eve@localhost')
  answerAll(parts)
  expect(conversation.presence).toMatchObject({ show: 'dnd', status: 'busy' })
  expect(conversation.snapshot()).toMatchObject([
    {
      contacts: [
        { jid: 'ben@localhost', presence: { show: 'chat' } },
        { jid: 'eve@localhost', presence: { show: 'unavailable' } },
      ],
      requests: [{ from: 'joe@b.example' }],
    },
  ])
  expect(line.bodies).toEqual([])
  conversation.acknowledged(from.outbound.acked + 1)
  expect(line.settledSeqs).toEqual([2])
  search(parts)
  answerQuery(parts, line.queries[0], ['c'])
  expect(line.settledSeqs).toEqual([2, 3])
  expect(line.bodies).toEqual(['d'])
})

test('[CS10] when the resumed stream was quicker to say how far the server is, that counts', () => {
  const { line, conversation } = setUp('sequenced')
  const from = drained()
  conversation.acknowledged(from.outbound.acked + 1)
  conversation.relearn('ana@localhost/here', from)
  expect(line.settledSeqs).toEqual([2])
})

test('[CS10] when the stream cannot be resumed, what the other had not heard of is looked for', () => {
  const parts = setUp('sequenced')
  const { line, conversation } = parts
  line.up = false
  conversation.relearn('ana@localhost/here', drained())
  conversation.startOver(undefined)
  line.up = true
  introduce(parts)
  search(parts)
  answerQuery(parts, line.queries[0], ['b'])
  expect([line.settledSeqs, line.bodies]).toEqual([[2], ['c', 'd']])
  expect(line.sent.find(stanza => stanza.is('presence'))?.getChildText('show')).toBe('dnd')
})

test('[CS14] what was sent on a stream that nobody can resume is looked for by the successor', () => {
  const before = setUp('sequenced')
  introduce(before)
  for (const [index, id] of ['a', 'b'].entries()) before.conversation.onFrame(text(id, index + 1), false)
  const parts = setUp('sequenced')
  const { line, conversation } = parts
  conversation.relearn('ana@localhost/here', handOver(before, [], 0))
  giveRoster(parts)
  answerAll(parts)
  search(parts)
  answerQuery(parts, line.queries[0], ['a'])
  expect([line.settledSeqs, line.bodies]).toEqual([[1], ['b']])
})

test('[CS15] a simple client is told by ERROR of what its next worker cannot find out', () => {
  const before = setUp('simple')
  introduce(before)
  before.conversation.onFrame({ messageType: 'NEW_MESSAGE', id: 'a', to: 'ben', content: 'a' }, false)
  const parts = setUp('simple')
  parts.conversation.relearn('ana@localhost/here', handOver(before, [], 0))
  giveRoster(parts)
  answerAll(parts)
  parts.line.frames()
  parts.conversation.giveUp()
  expect(parts.line.frames()).toMatchObject([{ messageType: 'ERROR', id: 'a', code: 'unsure' }])
})

test('[CS19] what comes back a minute after a change of worker is told by the next one, also before it knows the roster', () => {
  const { line, conversation } = setUp('sequenced')
  const comeBack = (id: string) => {
    const error = xml('error', { type: 'cancel' }, xml('remote-server-timeout', { xmlns: STANZAS }))
    const attrs = { type: 'error', from: 'joe@b.example', to: 'ana@localhost/here', id }
    conversation.onStanza(xml('message', attrs, error), 1)
  }
  comeBack('a')
  conversation.relearn('ana@localhost/here', undefined)
  comeBack('b')
  const failed = { messageType: 'STATE', from: 'joe@b.example', state: 'failed', code: 'server-not-found' }
  expect(line.frames()).toMatchObject([
    { ...failed, id: 'a' },
    { ...failed, id: 'b' },
  ])
})

const asksToSee = (from: string) => xml('presence', { type: 'subscribe', from })

test('[CS20] who asks to see the user is for the row each time that this changes, and only then', () => {
  const { conversation, noted } = introduced()
  noted.length = 0
  conversation.onStanza(asksToSee('joe@b.example'), 1)
  conversation.onStanza(asksToSee('joe@b.example'), 2)
  conversation.onStanza(xml('presence', { from: 'ben@localhost/x' }), 3)
  conversation.onStanza(asksToSee('eve@localhost'), 4)
  conversation.onFrame(
    { messageType: 'SUBSCRIPTION', seq: 1, id: 'a', to: 'joe@b.example', answer: 'refuse' },
    false,
  )
  conversation.onStanza(xml('presence', { type: 'unsubscribe', from: 'eve@localhost' }), 5)
  expect(noted).toEqual([['joe@b.example'], ['joe@b.example', 'eve'], ['eve'], []])
})

test('[CS21] of a flood of requests the row gets the newest 20, and of long addresses as many as there is room for', () => {
  const { conversation, noted } = introduced()
  for (let n = 1; n <= 30; n += 1) conversation.onStanza(asksToSee(`u${n}@b.example`), n)
  expect(noted.at(-1)).toEqual(Array.from({ length: 20 }, (_, index) => `u${index + 11}@b.example`))
  const long = (n: number) => `${String(n).repeat(400)}@b.example`
  for (let n = 1; n <= 3; n += 1) conversation.onStanza(asksToSee(long(n)), 30 + n)
  expect(noted.at(-1)).toEqual([long(2), long(3)])
})

test('[CS22] after a crash the requests are those of the row; what was heard since, and a handover, count for more', () => {
  const requestsOf = ({ conversation }: Parts) =>
    conversation.snapshot().flatMap(frame => ('requests' in frame ? frame.requests : []))
  const crashed = setUp('sequenced', ['joe@b.example', 'ben', 'not an address'])
  crashed.conversation.onStanza(
    xml('presence', { type: 'subscribe', from: 'ben@localhost' }, xml('status', {}, 'hi')),
    1,
  )
  crashed.conversation.relearn('ana@localhost/here', undefined)
  giveRoster(crashed)
  expect(requestsOf(crashed)).toEqual([{ from: 'ben', status: 'hi' }, { from: 'joe@b.example' }])
  const handed = setUp('sequenced', ['ben'])
  handed.conversation.relearn('ana@localhost/here', drained())
  giveRoster(handed)
  expect(requestsOf(handed)).toEqual([{ from: 'joe@b.example' }])
})
