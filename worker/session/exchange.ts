import type { DownFrame } from '../../shared/wire/down.ts'
import type { ServerFeatures } from '../translate/effects.ts'
import type { StreamEnd } from '../xmpp/stream.ts'
import type { Element } from '../xmpp/xml.ts'
import { ClientState } from './client-state.ts'
import type { Course } from './course.ts'
import type { DeliveryPort } from './delivery.ts'
import type { SessionDeps, SessionStart } from './deps.ts'
import type { Parts } from './farewell.ts'
import { Intake, type TalkFrame } from './intake.ts'
import type { FrameOutcome, Line, Sent } from './line.ts'
import { makeParts } from './make.ts'
import { isUp, type SessionState } from './state.ts'

/** What the exchange asks of its session, and tells it. */
export interface ExchangePort {
  readonly state: () => SessionState
  /** Nothing may be sent: the session is handed over, or may be another's. */
  readonly closedToAll: () => boolean
  /** What the XMPP server offers, once it has said so to this session. */
  readonly features: () => ServerFeatures | undefined
  readonly end: Course['end']
  readonly lost: () => void
  readonly closed: (end: StreamEnd) => void
  readonly introduced: (features: ServerFeatures) => void
}

/** The parts of a session, and what goes between them: frames and stanzas, both ways. */
export class Exchange {
  readonly parts: Parts
  readonly #deps: SessionDeps
  readonly #sessionId: string
  readonly #port: ExchangePort
  readonly #intake: Intake
  readonly #clientState: ClientState

  constructor(deps: SessionDeps, start: SessionStart, port: ExchangePort) {
    this.#deps = deps
    this.#sessionId = start.row.sessionId
    this.#port = port
    this.#intake = this.#makeIntake()
    this.#clientState = new ClientState({
      safe: () => this.#isSafe(),
      send: element => this.#send(element).kind === 'sent',
    })
    this.parts = makeParts(deps, start, {
      line: this.#line(),
      delivery: this.#deliveryPort(),
      // A message that carries an archive id is in one.
      archive: () => (port.features() ?? deps.features.current)?.archive ?? true,
      hear: (stanza, count) => this.#hear(stanza, count),
      closed: port.closed,
      detached: () => this.#detached(),
      attached: () => this.#clientState.say(true),
      absent: () => this.#clientState.say(false),
      expired: () => port.end({ kind: 'expired' }),
      lost: port.lost,
    })
  }

  /** The stream is up, new or resumed. */
  streamUp(): void {
    this.#clientState.again(this.parts.sockets.attached)
  }

  /** What the server offers is known. */
  introduced(): void {
    this.#clientState.say(this.parts.sockets.attached)
  }

  #line(): Line {
    const { introduced } = this.#port
    return {
      send: stanza => this.#send(stanza),
      heard: (count, frames) => this.parts.delivery.heard(count, frames.map(this.#traced)),
      push: frame => this.parts.delivery.push(this.#traced(frame)),
      introduced,
      settled: seqs => this.parts.delivery.settled(seqs),
      gathered: () => this.parts.delivery.gathered,
    }
  }

  #send(stanza: Element): Sent {
    const { state, closedToAll } = this.#port
    return isUp(state()) && !closedToAll() ? this.parts.link.send(stanza) : { kind: 'over' }
  }

  #isSafe(): boolean {
    return (
      this.parts.link.stream?.features.clientState === true && this.#port.features()?.clientStateSafe === true
    )
  }

  #deliveryPort(): DeliveryPort {
    const { end } = this.#port
    return {
      take: (frame, suspect) => this.#intake.take(frame, suspect),
      charge: id => this.#intake.charge(id),
      moved: h => this.#moved(h),
      taken: () => this.parts.sockets.heard(),
      gone: connectionId => this.parts.sockets.gone(connectionId),
      ended: why => end({ kind: why === 'gone' ? 'expired' : 'too-slow' }),
    }
  }

  #makeIntake(): Intake {
    const { state, end } = this.#port
    return new Intake(this.#deps, {
      state,
      crowded: () => this.parts.delivery.crowded,
      leave: id => end({ kind: 'leave', id }),
      push: frame => this.parts.delivery.push(this.#traced(frame)),
      heard: frame => this.#deps.trace.frame('up', this.#sessionId, frame),
      talk: (frame, suspect) => this.#talk(frame, suspect),
    })
  }

  #hear(stanza: Element, count: number | undefined): void {
    if (this.#port.state().phase === 'ended') return
    const { delivery, conversation, link, persistence } = this.parts
    this.#deps.trace.stanza('in', this.#sessionId, stanza)
    // The stream of today may not have been told what was handled while the one before it was lost.
    if (count !== undefined && delivery.isRepeat(count)) return link.handled(persistence.stored)
    conversation.onStanza(stanza, count)
  }

  #talk(frame: TalkFrame, suspect: boolean): FrameOutcome {
    const { conversation, record } = this.parts
    const outcome = conversation.onFrame(frame, suspect)
    if (frame.messageType === 'PRESENCE' && outcome.kind === 'taken')
      record.note({ presence: JSON.stringify(frame) })
    return outcome
  }

  #moved(h: number): void {
    const { link, persistence } = this.parts
    // Nobody can resume, so nothing has to be stored for that.
    if (link.stream?.features.resume === false) return link.handled(h)
    persistence.moved(h)
  }

  #detached(): void {
    this.#deps.log.info({ sessionId: this.#sessionId }, 'a session has no socket')
    this.parts.delivery.detach()
  }

  readonly #traced = (frame: DownFrame): DownFrame => {
    this.#deps.trace.frame('down', this.#sessionId, frame)
    return frame
  }
}
