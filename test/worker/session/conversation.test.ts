import { KnownFeatures } from '../../../worker/features.ts'
import { expect, test } from 'vitest'
import type { DownFrame } from '../../../shared/wire/down.ts'
import { Conversation, type Line } from '../../../worker/session/conversation.ts'
import { xml, type Element } from '../../../worker/xmpp/xml.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** A line turned by hand: what is sent and pushed is kept, and a push is taken when the test says so. */
class HandLine implements Line {
  readonly sent: Element[] = []
  readonly pushed: { frame: DownFrame; onTaken: (() => void) | undefined }[] = []
  readonly handledTo: number[] = []
  readonly introductions: unknown[] = []
  up = true

  send(stanza: Element) {
    if (!this.up) return { kind: 'over' } as const
    this.sent.push(stanza)
    return { kind: 'sent', number: this.sent.length } as const
  }

  handled(count: number): void {
    this.handledTo.push(count)
  }

  push(frame: DownFrame, onTaken?: () => void): void {
    this.pushed.push({ frame, onTaken })
  }

  introduced(features: unknown): void {
    this.introductions.push(features)
  }

  /** The frames pushed since the last look. */
  frames(): DownFrame[] {
    return this.pushed.splice(0).map(({ frame }) => frame)
  }
}

function setUp() {
  const line = new HandLine()
  const clock = new FakeClock()
  let ids = 0
  const conversation = new Conversation({
    own: { local: 'ana', domain: 'localhost' },
    line,
    clock,
    newId: () => `n${(ids += 1)}`,
    limits: { maxContentBytes: 24_576, maxFrameBytes: 28_672 },
    features: new KnownFeatures(clock),
  })
  return { line, clock, conversation }
}

const message = (body: string) =>
  xml('message', { from: 'ben@localhost/x', to: 'ana@localhost', type: 'chat' }, xml('body', {}, body))

/** Answers the IQs of the introduction: carbons, roster, then the question behind the presence. */
function introduce({ line, conversation }: ReturnType<typeof setUp>): void {
  conversation.introduce('ana@localhost/here')
  const open = () => line.sent.filter(stanza => stanza.is('iq'))
  for (let answered = 0; answered < open().length; answered += 1) {
    const id = open()[answered]?.attrs['id']
    const from = open()[answered]?.attrs['to']
    conversation.onStanza(xml('iq', { type: 'result', id, from }), undefined)
  }
}

test('[CV1] presence goes out after the roster, and the session counts as introduced after the answer behind it', () => {
  const parts = setUp()
  introduce(parts)
  const names = parts.line.sent.map(stanza => stanza.getChildElements()[0]?.getNS() ?? stanza.name)
  expect(parts.line.sent.map(stanza => stanza.name)).toEqual(['iq', 'iq', 'presence', 'iq'])
  expect(names[1]).toBe('jabber:iq:roster')
  expect(parts.line.introductions).toEqual([{ archive: false }])
})

test('[CV2] a server that answers nothing still gets the presence, and the client its welcome', () => {
  const { line, clock, conversation } = setUp()
  conversation.introduce('ana@localhost/here')
  clock.advance(30_000)
  expect(line.sent.some(stanza => stanza.is('presence'))).toBe(true)
  clock.advance(30_000)
  expect(line.introductions).toEqual([{ archive: false }])
})

test('[CV3] h passes a message when the gateway took it, and nothing before it is open', () => {
  const { line, conversation } = setUp()
  conversation.onStanza(message('one'), 1)
  conversation.onStanza(xml('presence', { from: 'stranger@localhost/x' }), 2)
  conversation.onStanza(message('two'), 3)
  expect(line.handledTo).toEqual([0, 0, 0])
  line.pushed[1]?.onTaken?.()
  expect(line.handledTo.at(-1)).toBe(0)
  line.pushed[0]?.onTaken?.()
  expect(line.handledTo.at(-1)).toBe(3)
})

test('[CV4] what a resumed stream brings again is not pushed again', () => {
  const { line, conversation } = setUp()
  conversation.onStanza(message('one'), 1)
  conversation.onStanza(message('one'), 1)
  conversation.onStanza(message('two'), 2)
  expect(line.frames()).toMatchObject([{ content: 'one' }, { content: 'two' }])
})

test('[CV5] on a new stream the count begins again, and a push of the old one does not move it', () => {
  const { line, conversation } = setUp()
  conversation.onStanza(message('old'), 1)
  const [old] = line.pushed
  conversation.startOver(undefined)
  conversation.onStanza(message('new'), 1)
  const before = line.handledTo.length
  old?.onTaken?.()
  expect(line.handledTo.length).toBe(before)
  line.pushed[1]?.onTaken?.()
  expect(line.handledTo.at(-1)).toBe(1)
})

test('[CV6] messages that the server did not acknowledge before the stream broke are reported with their ids', () => {
  const { line, conversation } = setUp()
  for (const id of ['a', 'b'])
    conversation.onFrame({ messageType: 'NEW_MESSAGE', id, to: 'ben', content: 'x' })
  conversation.acknowledged(1)
  conversation.startOver(undefined)
  expect(line.frames()).toMatchObject([{ messageType: 'ERROR', id: 'b', code: 'unsure' }])
})

test('[CV7] a message into a stream that is just breaking is not lost in silence', () => {
  const { line, conversation } = setUp()
  line.up = false
  conversation.onFrame({ messageType: 'NEW_MESSAGE', id: 'a', to: 'ben', content: 'x' })
  expect(line.frames()).toMatchObject([{ messageType: 'ERROR', id: 'a', code: 'try-again' }])
})

test('[CV8] 256 messages may wait for the server; the next one is refused with a time', () => {
  const { line, conversation } = setUp()
  for (let number = 0; number < 257; number += 1) {
    conversation.onFrame({ messageType: 'NEW_MESSAGE', id: `m${number}`, to: 'ben', content: 'x' })
  }
  expect(line.sent.length).toBe(256)
  expect(line.frames()).toMatchObject([{ id: 'm256', code: 'rate-limited', retryAfterMs: 1000 }])
})

test('[CV9] an error is believed for what was sent, from where it was sent to', () => {
  const { line, conversation } = setUp()
  conversation.onFrame({ messageType: 'NEW_MESSAGE', id: 'm1', to: 'ben', content: 'x' })
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
  conversation.onFrame({ messageType: 'ADD_CONTACT', id: 'a1', to: 'ben' })
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
  conversation.onFrame({ messageType: 'PRESENCE', show: 'dnd', status: 'busy' })
  conversation.onFrame({ messageType: 'PRESENCE', show: 'away', status: 'bad \u0000' })
  line.sent.length = 0
  conversation.startOver(undefined)
  introduce(parts)
  const presence = line.sent.find(stanza => stanza.is('presence'))
  expect([presence?.getChildText('show'), presence?.getChildText('status')]).toEqual(['dnd', 'busy'])
})

test('[CV13] a request that the breaking stream swallowed is answered with no-answer', () => {
  const { line, clock, conversation } = setUp()
  conversation.onFrame({ messageType: 'UNSUBSCRIBE', id: 'u1', to: 'ben' })
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

test('[CV15] what was taken while the stream was lost is told to the stream that brings it again', () => {
  const { line, conversation } = setUp()
  conversation.onStanza(message('one'), 1)
  conversation.onStanza(message('two'), 2)
  line.pushed[0]?.onTaken?.()
  line.pushed[1]?.onTaken?.()
  line.handledTo.length = 0
  conversation.onStanza(message('one'), 1)
  expect(line.handledTo).toEqual([2])
})

test('[CV16] when no stream will come any more, what the last one may have swallowed is reported', () => {
  const { line, conversation } = setUp()
  conversation.onFrame({ messageType: 'NEW_MESSAGE', id: 'm1', to: 'ben', content: 'x' })
  conversation.onFrame({ messageType: 'UNSUBSCRIBE', id: 'u1', to: 'ben' })
  conversation.giveUp()
  expect(line.frames()).toMatchObject([
    { messageType: 'ERROR', id: 'u1', code: 'no-answer' },
    { messageType: 'ERROR', id: 'm1', code: 'unsure' },
  ])
})
