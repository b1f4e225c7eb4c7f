import type { Clock } from '../../shared/clock.ts'
import type { SetPresence } from '../../shared/wire/frames/presence.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { Jid } from '../../shared/wire/jid.ts'
import type { SessionFrame } from '../../shared/wire/up.ts'
import { Contacts } from '../contacts.ts'
import type { KnownFeatures } from '../features.ts'
import type {
  Effects,
  OutgoingStanza,
  Request,
  SentStanza,
  ServerFeatures,
  View,
} from '../translate/effects.ts'
import { translateStanza } from '../translate/down.ts'
import { isAnswer, mayAnswer } from '../translate/iq.ts'
import { forgetPresence } from '../translate/presence.ts'
import { startUp, translateBroken, translateReply, translateTimeout } from '../translate/replies.ts'
import { isFromAccount } from '../translate/stanza.ts'
import { translateUp } from '../translate/up.ts'
import type { Element } from '../xmpp/xml.ts'
import { fullBucket, take, type Bucket } from './bucket.ts'
import { Handled } from './handled.ts'
import { notSent, Outbox } from './outbox.ts'
import { Recent } from './recent.ts'
import { Requests } from './requests.ts'

/** `number`: the stanza's outbound count, undefined where the server does not count. `over`: nothing was sent. */
export type Sent = { readonly kind: 'sent'; readonly number: number | undefined } | { readonly kind: 'over' }

/** The stream and the socket, as much of them as talking needs. */
export interface Line {
  send(stanza: Element): Sent
  handled(count: number): void
  push(frame: DownFrame, onTaken?: () => void): void
  /** The server has answered all that a new stream asks; messages reach this session from now on. */
  introduced(features: ServerFeatures): void
}

export interface ConversationOptions {
  readonly own: Jid
  readonly line: Line
  readonly clock: Clock
  readonly newId: () => string
  readonly limits: View['limits']
  readonly features: KnownFeatures
}

/** An error can only come back about something sent lately. */
const REMEMBERED_STANZAS = 256
/** Strangers may make us answer this often; beyond it their IQs fall silent, which costs only them. */
const IQ_ANSWERS = { rate: 5, burst: 20 } as const

/** Frames that a client must not miss: `h` waits until the gateway took them. */
const LOG_TYPES: ReadonlySet<DownFrame['messageType']> = new Set(['NEW_MESSAGE', 'SUBSCRIPTION', 'ERROR'])

/** What is said over one session: frames in, stanzas out, and back. It knows nothing of sockets, logins and ends. */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #contacts = new Contacts()
  readonly #sent = new Recent<string, SentStanza>(REMEMBERED_STANZAS)
  readonly #outbox = new Outbox()
  readonly #requests: Requests
  #handled = new Handled()
  #answers: Bucket
  #fullJid = ''
  #presence: SetPresence | undefined

  constructor(options: ConversationOptions) {
    this.#options = options
    this.#requests = new Requests(options.clock, request =>
      this.#apply(translateTimeout(request, this.#view())),
    )
    this.#answers = fullBucket(IQ_ANSWERS, options.clock.monotonic())
  }

  /** A stream with a new full JID is up: ask for what a new resource must ask for. */
  introduce(fullJid: string): void {
    this.#fullJid = fullJid
    this.#apply(startUp(this.#view()))
  }

  /**
   * The old stream is gone for good. Contacts count as away until they are seen again, and what the server did not
   * acknowledge is reported: not handled when the server says so by `failedH` (XEP-0198 5), else unsure.
   */
  startOver(failedH: number | undefined): void {
    this.#handled = new Handled()
    this.#giveUpRequests()
    this.#apply(forgetPresence(this.#view()))
    for (const frame of this.#outbox.startOver(failedH)) this.#options.line.push(frame)
  }

  /** The server has our first `count` stanzas of this stream. */
  acknowledged(count: number): void {
    this.#outbox.acknowledged(count)
  }

  onFrame(frame: Exclude<SessionFrame, { messageType: 'LEAVE' }>): void {
    if (frame.messageType === 'NEW_MESSAGE' && this.#outbox.full) {
      const message = 'The XMPP server is behind with acknowledging; this message was not sent.'
      return this.#options.line.push({
        messageType: 'ERROR',
        id: frame.id,
        code: 'rate-limited',
        message,
        retryAfterMs: 1000,
      })
    }
    const effects = translateUp(frame, this.#view())
    // What was refused is not what a new stream starts with.
    if (frame.messageType === 'PRESENCE' && effects.send !== undefined) this.#presence = frame
    this.#apply(effects)
  }

  /** `count`: its XEP-0198 number, undefined where the server does not count. */
  onStanza(stanza: Element, count: number | undefined): void {
    // The stream of today may not know yet what was taken while the one before it was lost.
    if (count !== undefined && this.#handled.isRepeat(count))
      return this.#options.line.handled(this.#handled.all)
    const effects = this.#read(stanza)
    const log = (effects.push ?? []).filter(frame => LOG_TYPES.has(frame.messageType))
    if (count === undefined) return this.#apply(effects)
    const handled = this.#handled
    this.#options.line.handled(handled.seen(count, log.length > 0))
    const last = log.at(-1)
    this.#apply(effects, frame => frame === last && (() => this.#onTaken(handled, count)))
  }

  #onTaken(handled: Handled, count: number): void {
    // A count of an older stream means nothing on this one.
    if (handled === this.#handled) this.#options.line.handled(handled.taken(count))
  }

  /** No stream will come any more: whatever the last one may have swallowed is reported. */
  giveUp(): void {
    this.#giveUpRequests()
    for (const frame of this.#outbox.startOver(undefined)) this.#options.line.push(frame)
  }

  /** Nothing more is said; open requests are forgotten. */
  end(): void {
    this.#requests.abandon()
  }

  #read(stanza: Element): Effects {
    const view = this.#view()
    if (!stanza.is('iq')) return translateStanza(stanza, view)
    if (isAnswer(stanza)) return this.#readAnswer(stanza, view)
    // One roster push comes for each change of the roster, however many there are, and none may be missed.
    if (isFromAccount(stanza, view.own)) return translateStanza(stanza, view)
    const taken = take(this.#answers, IQ_ANSWERS, this.#options.clock.monotonic())
    this.#answers = taken.bucket
    return taken.ok ? translateStanza(stanza, view) : {}
  }

  #readAnswer(iq: Element, view: View): Effects {
    const id = String(iq.attrs['id'])
    const open = this.#requests.find(id)
    if (open === undefined || !mayAnswer(iq, open.to, view)) return {}
    this.#requests.close(id)
    return translateReply(open.request, iq, view)
  }

  #apply(effects: Effects, onTaken?: (frame: DownFrame) => false | (() => void)): void {
    for (const patch of effects.contacts ?? []) this.#contacts.apply(patch)
    for (const frame of effects.push ?? []) this.#options.line.push(frame, onTaken?.(frame) || undefined)
    for (const outgoing of effects.send ?? []) this.#send(outgoing)
    for (const { iq, request } of effects.ask ?? []) this.#ask(iq, request)
    if (effects.learned !== undefined) this.#options.features.learn(effects.learned)
    if (effects.introduced !== undefined) this.#options.line.introduced(effects.introduced)
  }

  #send({ stanza, sent }: OutgoingStanza): void {
    const result = this.#options.line.send(stanza)
    if (sent === undefined) return
    if (result.kind === 'over') return this.#options.line.push(notSent(sent.frameId))
    this.#sent.set(String(stanza.attrs['id']), sent)
    if (result.number !== undefined && stanza.is('message')) this.#outbox.add(result.number, sent.frameId)
  }

  #ask(iq: Element, request: Request): void {
    const to: unknown = iq.attrs['to']
    this.#requests.add(String(iq.attrs['id']), typeof to === 'string' ? to : undefined, request)
    this.#options.line.send(iq)
  }

  #giveUpRequests(): void {
    for (const request of this.#requests.abandon()) this.#apply(translateBroken(request))
  }

  #view(): View {
    const { own, limits, newId, clock, features } = this.#options
    return {
      own,
      limits,
      newId,
      fullJid: this.#fullJid,
      contacts: this.#contacts,
      presence: this.#presence,
      features: features.current,
      sent: id => this.#sent.get(id),
      now: clock.now(),
    }
  }
}
