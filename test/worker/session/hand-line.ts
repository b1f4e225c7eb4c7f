import type { DownFrame } from '../../../shared/wire/down.ts'
import { KnownFeatures } from '../../../worker/features.ts'
import { Conversation, type ConversationOptions } from '../../../worker/session/conversation.ts'
import type { Line, Sent } from '../../../worker/session/line.ts'
import { xml, type Element } from '../../../worker/xmpp/xml.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** A line turned by hand: what is sent, heard, pushed and settled is kept. */
export class HandLine implements Line {
  readonly sent: Element[] = []
  readonly counts: (number | undefined)[] = []
  readonly introductions: unknown[] = []
  readonly settledSeqs: number[] = []
  #down: DownFrame[] = []
  up = true
  counting = true
  /** All that an earlier worker may have sent has come. */
  whole = true

  send(stanza: Element): Sent {
    if (!this.up) return { kind: 'over' }
    this.sent.push(stanza)
    return { kind: 'sent', number: this.counting ? this.sent.length : undefined }
  }

  heard(count: number | undefined, frames: readonly DownFrame[]): void {
    this.counts.push(count)
    this.#down.push(...frames)
  }

  push(frame: DownFrame): void {
    this.#down.push(frame)
  }

  introduced(features: unknown): void {
    this.introductions.push(features)
  }

  settled(seqs: readonly number[]): void {
    this.settledSeqs.push(...seqs)
  }

  gathered(): boolean {
    return this.whole
  }

  /** The frames heard and pushed since the last look. */
  frames(): DownFrame[] {
    const frames = this.#down
    this.#down = []
    return frames
  }

  /** The texts sent so far, in order. */
  get bodies(): (string | null)[] {
    return this.sent.filter(stanza => stanza.getChild('body')).map(stanza => stanza.getChildText('body'))
  }

  /** The archive queries sent so far. */
  get queries(): Element[] {
    return this.sent.filter(stanza => stanza.getChild('query', 'urn:xmpp:mam:2') !== undefined)
  }
}

/** The conversation of ana@localhost, whose stanza ids are n1, n2, … */
export function setUp(mode: ConversationOptions['mode'] = 'simple', asking?: ConversationOptions['asking']) {
  const line = new HandLine()
  const clock = new FakeClock()
  /** Who asks to see ana's presence, each time that the row is to tell another list. */
  const noted: (readonly string[])[] = []
  let ids = 0
  const conversation = new Conversation({
    own: { local: 'ana', domain: 'localhost' },
    line,
    clock,
    newId: () => `n${(ids += 1)}`,
    limits: { maxContentBytes: 24_576, maxTextBytes: 24_576, maxFrameBytes: 28_672 },
    features: new KnownFeatures(clock),
    mode,
    asking,
    noteAsking: addresses => noted.push(addresses),
  })
  return { line, clock, conversation, noted }
}

export type Parts = ReturnType<typeof setUp>

/** Answers each IQ of the introduction, and each that follows from an answer. */
export function introduce(parts: Parts): void {
  parts.conversation.introduce('ana@localhost/here')
  answerAll(parts)
}

/** Answers all IQs that have had no answer yet, but archive queries. */
export function answerAll({ line, conversation }: Pick<Parts, 'line' | 'conversation'>): void {
  const asked = () => line.sent.filter(stanza => stanza.is('iq') && !line.queries.includes(stanza))
  for (let index = 0; index < asked().length; index += 1) {
    const id = asked()[index]?.attrs['id']
    const from = asked()[index]?.attrs['to']
    conversation.onStanza(xml('iq', { type: 'result', id, from }), undefined)
  }
}

/** A page of the archive with these own messages in it, then its end. */
export function answerQuery(
  { conversation }: Pick<Parts, 'conversation'>,
  query: Element | undefined,
  ownIds: readonly string[],
): void {
  const id = String(query?.attrs['id'])
  for (const own of ownIds) conversation.onStanza(archived(id, own), undefined)
  const fin = xml('fin', { xmlns: 'urn:xmpp:mam:2', complete: 'true' })
  conversation.onStanza(xml('iq', { type: 'result', id }, fin), undefined)
}

/** A page of the archive with these texts of this session in it, and others before it. */
export function answerPage(
  { conversation }: Pick<Parts, 'conversation'>,
  query: Element | undefined,
  ownIds: readonly string[],
): void {
  const id = String(query?.attrs['id'])
  for (const own of ownIds)
    conversation.onStanza(archived(id, own, 'ana@localhost', 'ana@localhost/here'), undefined)
  const set = xml('set', { xmlns: 'http://jabber.org/protocol/rsm' }, xml('first', {}, 'a1'))
  const fin = xml('fin', { xmlns: 'urn:xmpp:mam:2' }, set)
  conversation.onStanza(xml('iq', { type: 'result', id }, fin), undefined)
}

export function archived(
  queryId: string,
  id: string,
  from = 'ana@localhost',
  sender = 'ana@localhost/old',
): Element {
  const attrs = { xmlns: 'jabber:client', from: sender, to: 'ben@localhost', id }
  const forwarded = xml(
    'forwarded',
    { xmlns: 'urn:xmpp:forward:0' },
    xml('message', attrs, xml('body', {}, 'x')),
  )
  return xml(
    'message',
    { from },
    xml('result', { xmlns: 'urn:xmpp:mam:2', queryid: queryId, id: 'a1' }, forwarded),
  )
}

export const text = (id: string, seq?: number) =>
  ({ messageType: 'NEW_MESSAGE', id, to: 'ben', content: id, ...(seq !== undefined && { seq }) }) as const

/** A text of Ben's. */
export const message = (body: string) =>
  xml('message', { from: 'ben@localhost/x', to: 'ana@localhost', id: 'q1' }, xml('body', {}, body))

export const taken = { kind: 'taken' }

/** In the introduction everything but texts goes out; this is what came after. */
export function introduced(): Parts {
  const parts = setUp('sequenced')
  introduce(parts)
  parts.line.sent.length = 0
  parts.line.frames()
  return parts
}

/** A new stream after one that was lost. */
export function newStream(parts: Parts, failedH: number | undefined): void {
  parts.conversation.startOver(failedH)
  parts.line.sent.length = 0
  introduce(parts)
}

/** Lets the search begin, in an archive that tells no rules. */
export function search(parts: Parts, afterMs = 50): void {
  parts.clock.advance(afterMs)
  for (const asked of parts.line.sent.filter(stanza => stanza.getChild('prefs')).slice(-1))
    parts.conversation.onStanza(xml('iq', { type: 'error', id: asked.attrs['id'] }), undefined)
}

const rosterOf = (...jids: string[]) =>
  xml('query', { xmlns: 'jabber:iq:roster' }, ...jids.map(jid => xml('item', { jid, subscription: 'both' })))

/** Gives the roster that was asked for last. */
export function giveRoster({ line, conversation }: Parts, ...jids: string[]): void {
  const asked = line.sent.filter(stanza => stanza.getChild('query', 'jabber:iq:roster')).at(-1)
  conversation.onStanza(xml('iq', { type: 'result', id: asked?.attrs['id'] }, rosterOf(...jids)), undefined)
}
