import type { Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SetPresence } from '../../shared/wire/frames/presence.ts'
import { snapshot } from '../translate/contact-list.ts'
import { translateStanza } from '../translate/down.ts'
import { refuse, type Effects, type ServerFeatures, type View } from '../translate/effects.ts'
import { isAnswer } from '../translate/iq.ts'
import { forgetPresence, setPresence } from '../translate/presence.ts'
import { recheck } from '../translate/recheck.ts'
import { resumeUp, startUp, translateTimeout } from '../translate/replies.ts'
import { isFromAccount } from '../translate/stanza.ts'
import { translateUp, type Translated } from '../translate/up.ts'
import type { Element } from '../xmpp/xml.ts'
import { Knowledge, type Given } from './knowledge.ts'
import type { FrameOutcome, Line } from './line.ts'
import { pack, unpack, type Packed } from './luggage.ts'
import { OwnPresence } from './own-presence.ts'
import { Performer } from './performer.ts'
import { Requests } from './requests.ts'
import { notSent, Sender } from './sender.ts'
import { Strangers } from './strangers.ts'

export interface ConversationOptions extends Given {
  readonly line: Line
  /** What the user last set, where the row of the session tells; a handover counts for more. */
  readonly presence?: SetPresence | undefined
}

/** A server that is there introduces a session within it. */
const INTRODUCED_AFTER_MS = 300

/**
 * What is said over one session: frames in, stanzas out, and back. Translation says what follows from each, Performer does it;
 * this says what is translated, and when. It knows nothing of sockets, logins and ends.
 */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #knowledge: Knowledge
  readonly #performer: Performer
  readonly #presence: OwnPresence
  readonly #sender: Sender
  readonly #strangers: Strangers
  #isIntroducing = false

  constructor(options: ConversationOptions) {
    const { line, clock, mode } = options
    this.#options = options
    this.#presence = new OwnPresence(options.presence, clock, frame => this.#say(frame))
    const requests = new Requests(clock, request =>
      this.#performer.perform(translateTimeout(request, this.#view())),
    )
    this.#strangers = new Strangers(clock)
    this.#sender = new Sender({
      mode,
      clock,
      send: stanza => line.send(stanza),
      push: frame => line.push(frame),
      settled: seqs => line.settled(seqs),
      check: suspects => this.#performer.perform(recheck(suspects, line.gathered(), this.#view())),
    })
    const knowledge = new Knowledge(options, this.#presence, requests)
    this.#knowledge = knowledge
    this.#performer = new Performer({
      mode,
      line,
      knowledge,
      requests,
      sender: this.#sender,
      introduced: features => this.#introduced(features),
    })
  }

  /** What the user last set. */
  get presence(): SetPresence | undefined {
    return this.#presence.set
  }

  /** A stream with a new full JID is up: ask for what a new resource must ask for, then `line.introduced`. */
  introduce(fullJid: string): void {
    this.#knowledge.fullJid = fullJid
    this.#isIntroducing = true
    this.#performer.perform(startUp(this.#view()))
  }

  /**
   * The stream of another process goes on in this one: its roster is read again, then `line.introduced`. Presence of contacts
   * is what the handover says and else unknown; who asks to see the user's what it says, or else the row. Comes before the
   * first `send`, and stanzas may have come before it. When that stream turns out to be gone it comes all the same, while the
   * line is down, and `startOver` after it.
   */
  relearn(fullJid: string, from: Handover | undefined): void {
    this.#knowledge.fullJid = fullJid
    const { contacts, presence, sent, waiting } = unpack(from, this.#options.asking ?? [], this.#view())
    this.#knowledge.learn({ contacts })
    if (presence !== undefined) this.#presence.set = presence
    for (const [, { stanza, frameId }] of sent)
      this.#knowledge.wrote(stanza, { frameId, to: String(stanza.attrs['to']) })
    this.#sender.recall(sent, waiting)
    this.#performer.perform(resumeUp(this.#view()))
    this.#sender.go()
  }

  /**
   * The old stream is gone for good. Contacts count as unavailable until they are seen again. `failedH` is how many of our stanzas
   * the server had handled (XEP-0198 5). Simple: what it did not acknowledge is reported. Sequenced: once the new stream is
   * introduced, what it certainly has not is sent again, and what nobody knows is looked for in the archive first.
   */
  startOver(failedH: number | undefined): void {
    this.#performer.giveUpRequests()
    this.#performer.perform(forgetPresence(this.#view()))
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
    if (!this.#performer.performFor(frame, effects, suspect))
      return { kind: 'refused', error: notSent(frame.id) }
    if (frame.messageType === 'PRESENCE') this.#presence.set = frame
    return { kind: 'taken' }
  }

  /** `count`: its XEP-0198 number, undefined where the server does not count. Each is given once: repeats are the session's. */
  onStanza(stanza: Element, count: number | undefined): void {
    if (stanza.is('iq') && isAnswer(stanza)) {
      this.#options.line.heard(count, [])
      return this.#performer.onAnswer(stanza)
    }
    this.#performer.hear(count, this.#isHeard(stanza) ? translateStanza(stanza, this.#view()) : {})
  }

  /** All contacts and open requests, in parts that fit. */
  snapshot(): readonly DownFrame[] {
    return snapshot(this.#view())
  }

  /**
   * Whether there has been no socket for so long that the user shows as away, unless something less than available was set
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
    this.#performer.giveUpRequests()
    this.#sender.giveUp()
  }

  /** Nothing more is said; open requests are forgotten. */
  end(): void {
    this.#performer.end()
    this.#sender.end()
    this.#presence.end()
  }

  #tooEarly(frame: Translated): Effects | undefined {
    switch (frame.messageType) {
      case 'NEW_MESSAGE':
        return this.#sender.full ? serverIsBehind(frame.id) : undefined
      // What comes before the server has taken in our presence is archived and not sent to us: a page of then could miss it.
      case 'HISTORY':
        return this.#isIntroducing ? notYetReachable(frame.id) : undefined
      // The roster says who may have it. Taken and kept so long it would be lost, though acknowledged, with this process.
      case 'DISPLAYED':
        return this.#knowledge.awaitsRoster ? notYetReachable(frame.id) : undefined
      default:
        return undefined
    }
  }

  /** One roster push comes for each change of the roster, however many there are, and none may be missed. */
  #isHeard(stanza: Element): boolean {
    return !stanza.is('iq') || isFromAccount(stanza, this.#options.own) || this.#strangers.mayAsk()
  }

  #introduced(features: ServerFeatures): void {
    this.#isIntroducing = false
    this.#options.line.introduced(features)
    this.#sender.go()
  }

  #say(frame: SetPresence): boolean {
    const [said] = setPresence(frame, this.#view()).send ?? []
    return said === undefined || this.#options.line.send(said.stanza).kind === 'sent'
  }

  #view(): View {
    return this.#knowledge.view()
  }
}

function notYetReachable(id: string | undefined): Effects {
  return refuse('try-again', 'The session is not back at the XMPP server yet.', id, INTRODUCED_AFTER_MS)
}

function serverIsBehind(id: string | undefined): Effects {
  const message = 'The XMPP server is behind with acknowledging; this message was not sent.'
  return refuse('rate-limited', message, id, 1000)
}
