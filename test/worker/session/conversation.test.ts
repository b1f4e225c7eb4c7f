import { expect, test } from 'vitest'
import { xml } from '../../../worker/xmpp/xml.ts'
import { introduce, message, setUp, taken, text } from './hand-line.ts'

const NO_FEATURES = { archive: false, clientStateSafe: false }

test('[CV1] presence goes out after the roster, and the session counts as introduced after the answer behind it', () => {
  const parts = setUp()
  introduce(parts)
  const names = parts.line.sent.map(stanza => stanza.getChildElements()[0]?.getNS() ?? stanza.name)
  expect(parts.line.sent.map(stanza => stanza.name)).toEqual(['iq', 'iq', 'presence', 'iq'])
  expect(names[1]).toBe('jabber:iq:roster')
  expect(parts.line.introductions).toEqual([NO_FEATURES])
})

test('[CV2] a server that answers nothing still gets the presence, and the client its welcome', () => {
  const { line, clock, conversation } = setUp()
  conversation.introduce('ana@localhost/here')
  clock.advance(30_000)
  expect(line.sent.some(stanza => stanza.is('presence'))).toBe(true)
  clock.advance(30_000)
  expect(line.introductions).toEqual([NO_FEATURES])
})

test('[CV3] each stanza is heard once, with its number and whatever it tells', () => {
  const { line, conversation } = setUp()
  conversation.onStanza(message('one'), 1)
  conversation.onStanza(xml('presence', { from: 'stranger@localhost/x' }), 2)
  conversation.onStanza(message('two'), 3)
  conversation.onStanza(xml('iq', { type: 'result', id: 'nobody asked' }), 4)
  expect(line.counts).toEqual([1, 2, 3, 4])
  expect(line.frames()).toMatchObject([{ content: 'one' }, { content: 'two' }])
})

test('[CV6] messages that the server did not acknowledge before the stream broke are reported with their ids', () => {
  const { line, conversation } = setUp()
  for (const id of ['a', 'b']) expect(conversation.onFrame(text(id), false)).toEqual(taken)
  conversation.acknowledged(1)
  conversation.startOver(undefined)
  expect(line.frames()).toMatchObject([{ messageType: 'ERROR', id: 'b', code: 'unsure' }])
})

test('[CV7] a message into a stream that is just breaking is not lost in silence', () => {
  const { line, conversation } = setUp()
  line.up = false
  expect(conversation.onFrame(text('a'), false)).toMatchObject({
    kind: 'refused',
    error: { messageType: 'ERROR', id: 'a', code: 'try-again' },
  })
  expect(line.frames()).toEqual([])
})

test('[CV8] 256 messages may wait for the server; the next one is refused with a time', () => {
  const { line, conversation } = setUp()
  for (let number = 0; number < 256; number += 1) conversation.onFrame(text(`m${number}`), false)
  expect(conversation.onFrame(text('m256'), false)).toMatchObject({
    kind: 'refused',
    error: { id: 'm256', code: 'rate-limited', retryAfterMs: 1000 },
  })
  expect(line.sent.length).toBe(256)
})

test('[CV9] an error is believed for what was sent, from where it was sent to', () => {
  const { line, conversation } = setUp()
  conversation.onFrame(text('m1'), false)
  const error = (from: string) =>
    xml(
      'message',
      { type: 'error', id: 'm1', from },
      xml(
        'error',
        { type: 'cancel' },
        xml('item-not-found', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }),
      ),
    )
  conversation.onStanza(error('evil@elsewhere.example'), 1)
  expect(line.frames()).toEqual([])
  conversation.onStanza(error('ben@localhost'), 2)
  expect(line.frames()).toMatchObject([{ messageType: 'ERROR', id: 'm1', code: 'not-found' }])
})

test('[CV10] strangers cannot make us answer without end: 20 IQs at once, then silence', () => {
  const { line, clock, conversation } = setUp()
  const ask = (id: number) =>
    conversation.onStanza(
      xml(
        'iq',
        { type: 'get', id: `q${id}`, from: 'evil@localhost/x', to: 'ana@localhost/here' },
        xml('ping', { xmlns: 'urn:xmpp:ping' }),
      ),
      undefined,
    )
  for (let id = 0; id < 1000; id += 1) ask(id)
  expect(line.sent.length).toBe(20)
  clock.advance(1000)
  for (let id = 0; id < 100; id += 1) ask(id)
  expect(line.sent.length).toBe(25)
})

test('[CV11] an answer is taken only from where the question went, and once', () => {
  const parts = setUp()
  const { line, conversation } = parts
  introduce(parts)
  conversation.onFrame({ messageType: 'ADD_CONTACT', id: 'a1', to: 'ben' }, false)
  const id = line.sent.at(-1)?.attrs['id']
  const before = line.sent.length
  conversation.onStanza(xml('iq', { type: 'result', id, from: 'evil@localhost/x' }), undefined)
  expect(line.frames()).toEqual([])
  const answer = xml('iq', { type: 'result', id, from: 'ana@localhost' })
  conversation.onStanza(answer, undefined)
  conversation.onStanza(answer, undefined)
  expect(line.frames()).toEqual([{ messageType: 'ADD_CONTACT', id: 'a1', to: 'ben' }])
  expect(line.sent.slice(before).map(stanza => stanza.attrs['type'])).toEqual(['subscribe'])
})

test('[CV12] a new stream shows the presence that the user set last, not one that was refused', () => {
  const parts = setUp()
  const { line, conversation } = parts
  conversation.onFrame({ messageType: 'PRESENCE', show: 'dnd', status: 'busy' }, false)
  conversation.onFrame({ messageType: 'PRESENCE', show: 'away', status: 'bad \u0000' }, false)
  line.sent.length = 0
  conversation.startOver(undefined)
  introduce(parts)
  const presence = line.sent.find(stanza => stanza.is('presence'))
  expect([presence?.getChildText('show'), presence?.getChildText('status')]).toEqual(['dnd', 'busy'])
})

test('[CV13] a request that the breaking stream swallowed is answered with no-answer', () => {
  const { line, clock, conversation } = setUp()
  conversation.onFrame({ messageType: 'UNSUBSCRIBE', id: 'u1', to: 'ben' }, false)
  conversation.startOver(undefined)
  expect(line.frames()).toMatchObject([{ messageType: 'ERROR', id: 'u1', code: 'no-answer' }])
  conversation.end()
  expect(clock.pending).toBe(0)
})

test('[CV14] roster pushes are never too many: each of 100 at once is heard and answered', () => {
  const parts = setUp()
  introduce(parts)
  const { line, conversation } = parts
  line.sent.length = 0
  for (let number = 0; number < 100; number += 1) {
    const item = xml('item', { jid: `friend${number}@localhost`, subscription: 'none' })
    const query = xml('query', { xmlns: 'jabber:iq:roster' }, item)
    conversation.onStanza(xml('iq', { type: 'set', id: `p${number}` }, query), undefined)
  }
  expect(line.sent.filter(stanza => stanza.attrs['type'] === 'result').length).toBe(100)
  expect(line.frames().filter(({ messageType }) => messageType === 'CONTACT').length).toBe(100)
})

test('[CV16] when no stream will come any more, what the last one may have swallowed is reported', () => {
  const { line, conversation } = setUp()
  conversation.onFrame(text('m1'), false)
  conversation.onFrame({ messageType: 'UNSUBSCRIBE', id: 'u1', to: 'ben' }, false)
  conversation.giveUp()
  expect(line.frames()).toMatchObject([
    { messageType: 'ERROR', id: 'u1', code: 'no-answer' },
    { messageType: 'ERROR', id: 'm1', code: 'unsure' },
  ])
})
