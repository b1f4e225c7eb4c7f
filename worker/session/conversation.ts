import type { Clock } from '../../shared/clock.ts'
import type { Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SetPresence } from '../../shared/wire/frames/presence.ts'
import type { Jid } from '../../shared/wire/jid.ts'
import { Contacts } from '../contacts.ts'
import type { KnownFeatures } from '../features.ts'
import { snapshot } from '../translate/contact-list.ts'
import { translateStanza } from '../translate/down.ts'
import { refuse, type Effects, type OutgoingStanza, type Request, type View } from '../translate/effects.ts'
import { isAnswer, mayAnswer } from '../translate/iq.ts'
import { forgetPresence, setPresence } from '../translate/presence.ts'
import { recheck } from '../translate/recheck.ts'
import { resumeUp, startUp, translateBroken, translateReply, translateTimeout } from '../translate/replies.ts'
import { isFromAccount } from '../translate/stanza.ts'
import { translateUp, type Translated } from '../translate/up.ts'
import type { Element } from '../xmpp/xml.ts'
import type { FrameOutcome, Line } from './line.ts'
import { pack, unpack, type Packed } from './luggage.ts'
import { OwnPresence } from './own-presence.ts'
import { Requests } from './requests.ts'
import { notSent, Sender } from './sender.ts'
import { Strangers } from './strangers.ts'
import { Written } from './written.ts'

export interface ConversationOptions {
  readonly own: Jid
  readonly line: Line
  readonly clock: Clock
  readonly newId: () => string
  readonly limits: View['limits']
  readonly features: KnownFeatures
  readonly mode: 'simple' | 'sequenced'
  /** What the user last set, where the row of the session tells; a handover counts for more. */
  readonly presence?: SetPresence | undefined
}

/** A server that is there introduces a session within it. */
const INTRODUCED_AFTER_MS = 300

/** What is said over one session: frames in, stanzas out, and back. It knows nothing of sockets, logins and ends. */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #contacts = new Contacts()
  readonly #written = new Written()
  readonly #presence: OwnPresence
  readonly #sender: Sender
  readonly #requests: Requests
  readonly #strangers: Strangers
  #fullJid = ''
  #isIntroducing = false

  constructor(options: ConversationOptions) {
    const { line, clock, mode } = options
    this.#options = options
    this.#presence = new OwnPresence(options.presence, clock, frame => this.#say(frame))
    this.#requests = new Requests(clock, request => this.#reply(translateTimeout(request, this.#view())))
    this.#strangers = new Strangers(clock)
    this.#sender = new Sender({
      mode,
      clock,
      send: stanza => line.send(stanza),
      push: frame => line.push(frame),
      settled: seqs => line.settled(seqs),
      check: suspects => this.#reply(recheck(suspects, line.gathered(), this.#view())),
    })
  }

  /** What the user last set. */
  get presence(): SetPresence | undefined {
    return this.#presence.set
  }

  /** A stream with a new full JID is up: ask for what a new resource must ask for, then `line.introduced`. */
  introduce(fullJid: string): void {
    this.#fullJid = fullJid
    this.#isIntroducing = true
    this.#reply(startUp(this.#view()))
  }

  /**
   * The stream of another process goes on in this one: its roster is read again, then `line.introduced`. Presence of contacts
   * is what the handover says and else unknown. Comes before the first `send`, and stanzas may have come before it. When that
   * stream turns out to be gone it comes all the same, while the line is down, and `startOver` after it.
   */
  relearn(fullJid: string, from: Handover | undefined): void {
    this.#fullJid = fullJid
    const { contacts, presence, sent, waiting } = unpack(from, this.#view())
    for (const patch of contacts) this.#contacts.apply(patch)
    if (presence !== undefined) this.#presence.set = presence
    for (const [, { stanza, frameId }] of sent)
      this.#written.remember(stanza, { frameId, to: String(stanza.attrs['to']) })
    this.#sender.recall(sent, waiting)
    this.#reply(resumeUp(this.#view()))
    this.#sender.go()
  }

  /**
   * The old stream is gone for good. Contacts count as away until they are seen again. `failedH` is how many of our stanzas
   * the server had handled (XEP-0198 5). Simple: what it did not acknowledge is reported. Sequenced: once the new stream is
   * introduced, what it certainly has not is sent again, and what nobody knows is looked for in the archive first.
   */
  startOver(failedH: number | undefined): void {
    this.#giveUpRequests()
    this.#reply(forgetPresence(this.#view()))
    this.#sender.startOver(failedH)
  }

  /** The server has our first `count` stanzas of this stream. */
  acknowledged(count: number): void {
    this.#sender.acknowledged(count)
  }

  /**
   * A long text comes joined, without its `part`. `suspect`: an earlier worker may have sent it, so a message is looked for in
   * the archive first; everything else may be said twice.
   */
  onFrame(frame: Translated, suspect: boolean): FrameOutcome {
    if (frame.messageType === 'PRESENCE' && this.#presence.isOlder(frame)) return { kind: 'taken' }
    const early = this.#tooEarly(frame)
    const effects = early ?? translateUp(frame, this.#view())
    if (effects.refused !== undefined) return { kind: 'refused', error: effects.refused }
    if (!this.#carryOut(effects, frame, suspect)) return { kind: 'refused', error: notSent(frame.id) }
    if (frame.messageType === 'PRESENCE') this.#presence.set = frame
    return { kind: 'taken' }
  }

  /** `count`: its XEP-0198 number, undefined where the server does not count. Each is given once: repeats are the session's. */
  onStanza(stanza: Element, count: number | undefined): void {
    const view = this.#view()
    if (stanza.is('iq') && isAnswer(stanza)) {
      this.#options.line.heard(count, [])
      return this.#readAnswer(stanza, view)
    }
    const effects = this.#isHeard(stanza) ? translateStanza(stanza, view) : {}
    this.#learn(effects)
    this.#options.line.heard(count, effects.push ?? [])
    this.#follow(effects)
  }

  /** All contacts and open requests, in parts that fit. */
  snapshot(): readonly DownFrame[] {
    return snapshot(this.#view())
  }

  /**
   * Whether the client has been gone for so long that its user shows as away, unless something less than available was set
   * by hand. A process that goes on with such a session says it again, so that it knows what to take back.
   */
  setAway(away: boolean): void {
    this.#presence.turn(away)
  }

  /** What the process that goes on with the stream needs to know from this one; `outbound` is what it will send again. */
  handover(outbound: Pick<Handover['outbound'], 'acked' | 'unacked'>): Packed {
    return pack(this.#view(), this.#presence.set, this.#sender.remembered, outbound)
  }

  /** No stream will come any more: whatever the last one may have swallowed is reported. */
  giveUp(): void {
    this.#giveUpRequests()
    this.#sender.giveUp()
  }

  /** Nothing more is said; open requests are forgotten. */
  end(): void {
    this.#requests.abandon()
    this.#sender.end()
    this.#presence.end()
  }

  #tooEarly(frame: Translated): Effects | undefined {
    if (frame.messageType === 'NEW_MESSAGE' && this.#sender.full) return serverIsBehind(frame.id)
    return frame.messageType === 'HISTORY' && this.#isIntroducing ? notYetReachable(frame.id) : undefined
  }

  /** False when the line is down and nothing was done. */
  #carryOut(effects: Effects, frame: Translated, suspect: boolean): boolean {
    for (const { iq, request } of effects.ask ?? []) if (!this.#ask(iq, request)) return false
    for (const outgoing of effects.send ?? []) {
      if (!this.#sendFor(frame, outgoing, suspect)) return false
    }
    const seq = this.#seqOf(frame)
    // Nothing goes out for it, so nothing will be acknowledged.
    if (seq !== undefined && effects.send === undefined) this.#options.line.settled([seq])
    this.#learn(effects)
    for (const push of effects.push ?? []) this.#options.line.push(push)
    return true
  }

  #sendFor(frame: Translated, { stanza, sent }: OutgoingStanza, suspect: boolean): boolean {
    if (sent !== undefined) this.#written.remember(stanza, sent)
    const seq = this.#seqOf(frame)
    if (seq === undefined && frame.messageType !== 'NEW_MESSAGE') {
      return this.#options.line.send(stanza).kind === 'sent'
    }
    return this.#sender.offer({ stanza, frameId: frame.id, seq }, suspect) === 'taken'
  }

  #seqOf(frame: Translated): number | undefined {
    return this.#options.mode === 'sequenced' && 'seq' in frame ? frame.seq : undefined
  }

  #readAnswer(iq: Element, view: View): void {
    const id = String(iq.attrs['id'])
    const open = this.#requests.find(id)
    if (open === undefined || !mayAnswer(iq, open.to, view)) return
    const effects = translateReply(open.request, iq, view)
    this.#requests.close(id)
    this.#reply(effects)
  }

  /** One roster push comes for each change of the roster, however many there are, and none may be missed. */
  #isHeard(stanza: Element): boolean {
    return !stanza.is('iq') || isFromAccount(stanza, this.#options.own) || this.#strangers.mayAsk()
  }

  /** Does what came of an answer, of a timeout, or of the session itself. */
  #reply(effects: Effects): void {
    this.#learn(effects)
    for (const frame of effects.push ?? []) this.#options.line.push(frame)
    this.#follow(effects)
  }

  #learn(effects: Effects): void {
    for (const patch of effects.contacts ?? []) this.#contacts.apply(patch)
    if (effects.archived !== undefined)
      this.#requests.collect(effects.archived.queryId, effects.archived.entry)
    if (effects.learned !== undefined) this.#options.features.learn(effects.learned)
  }

  #follow(effects: Effects): void {
    for (const { stanza, sent } of effects.send ?? []) {
      if (sent !== undefined) this.#written.remember(stanza, sent)
      this.#options.line.send(stanza)
    }
    for (const { iq, request } of effects.ask ?? []) {
      if (this.#ask(iq, request)) continue
      // What the session needs to know is not known then, as if the server had not answered.
      if (request.kind === 'archive-rules' || request.kind === 'recheck')
        this.#reply(translateBroken(request))
      else this.#await(iq, request)
    }
    if (effects.checked !== undefined) this.#sender.checked(effects.checked)
    if (effects.introduced === undefined) return
    this.#isIntroducing = false
    this.#options.line.introduced(effects.introduced)
    this.#sender.go()
  }

  #ask(iq: Element, request: Request): boolean {
    if (this.#options.line.send(iq).kind === 'over') return false
    this.#await(iq, request)
    return true
  }

  #await(iq: Element, request: Request): void {
    this.#requests.add(String(iq.attrs['id']), iq.attrs['to'], request)
  }

  #say(frame: SetPresence): boolean {
    const [said] = setPresence(frame, this.#view()).send ?? []
    return said === undefined || this.#options.line.send(said.stanza).kind === 'sent'
  }

  #giveUpRequests(): void {
    for (const request of this.#requests.abandon()) this.#reply(translateBroken(request))
  }

  #view(): View {
    const { own, mode, limits, newId, clock, features } = this.#options
    return {
      mode,
      own,
      limits,
      newId,
      fullJid: this.#fullJid,
      contacts: this.#contacts,
      presence: this.#presence.shown,
      features: features.current,
      sent: id => this.#written.sent(id),
      wroteTo: jid => this.#written.to(jid),
      collected: queryId => this.#requests.collected(queryId),
      openHistories: this.#requests.count('history'),
      now: clock.now(),
    }
  }
}

/** What comes before the server has taken in our presence is archived and not sent to us: a page of then could miss it. */
function notYetReachable(id: string): Effects {
  return refuse('try-again', 'The session is not back at the XMPP server yet.', id, INTRODUCED_AFTER_MS)
}

function serverIsBehind(id: string | undefined): Effects {
  const message = 'The XMPP server is behind with acknowledging; this message was not sent.'
  return refuse('rate-limited', message, id, 1000)
}
