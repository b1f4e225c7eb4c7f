import { sleep, type Clock } from '../../shared/clock.ts'
import { ACK_REQUEST, afterAck, fromWire, NS_SM, sent, toWire, withSent } from './acks.ts'
import { isStanza, type Management } from './binding.ts'
import { watchHearing } from './hearing.ts'
import type { LoggedIn } from './login.ts'
import { StreamViolation } from './parse.ts'
import {
  StreamOver,
  type Credential,
  type ResumeState,
  type Stream,
  type StreamEnd,
  type StreamFeatures,
  type StreamOptions,
} from './port.ts'
import { SilenceWatch } from './silence.ts'
import type { Wire, WireEnd } from './wire.ts'
import { xml, type Element } from './xml.ts'

const DEFAULT_ACK_EVERY = 64

/** A server that takes longer to say goodbye is left. */
const CLOSE_TIMEOUT_MS = 2_000

const DEAF: StreamEnd = { kind: 'error', condition: 'deaf' }

type Phase =
  | { phase: 'open'; wire: Wire }
  | { phase: 'closing'; wire: Wire; patience: AbortController; done: Promise<void> }
  | { phase: 'over'; resumable: boolean }

/** The counters of XEP-0198, while the stream lives. */
interface Counters extends Management {
  /** Of `received`, how many are handled for good, and how many the server was told of. */
  handled: number
  told: number
  /** What the server asked about by its last `<r/>`. It does not ask twice, so it is told once all of that is handled. */
  owed: number
  /** An `<r/>` of ours is on its way: one at a time, so that acknowledgements cost the same at any rate of sending. */
  asked: boolean
}

/** What was logged in with is not kept: a password would stay in memory as long as the stream. */
type LiveOptions = Omit<StreamOptions, 'credential'>

/** A stream that is online. */
export class LiveStream implements Stream {
  readonly jid: string
  readonly features: StreamFeatures
  readonly #options: LiveOptions
  readonly #clock: Clock
  readonly #credential: Credential
  readonly #counters: Counters | undefined
  readonly #silence: SilenceWatch
  #stopHearing = () => {}
  #phase: Phase

  constructor(wire: Wire, login: LoggedIn, options: LiveOptions, clock: Clock) {
    this.jid = login.jid
    this.features = login.features
    this.#options = options
    this.#clock = clock
    this.#credential = login.credential
    this.#counters = startCounting(login)
    this.#phase = { phase: 'open', wire }
    this.#silence = new SilenceWatch(clock, options.limits, {
      answered: this.#counters !== undefined,
      // Nobody answers a space, but TCP then finds out whether anybody is there.
      send: () => wire.write(this.#counters === undefined ? ' ' : ACK_REQUEST),
      unanswered: () => this.#finish(wire, { kind: 'lost', cause: new Error('The server is silent') }),
    })
    // After the promise of openStream, and all that awaits it, has run.
    setImmediate(() => this.#start(login))
  }

  send(stanza: Element): number | undefined {
    if (this.#phase.phase !== 'open') throw new StreamOver('The stream is over')
    const { wire } = this.#phase
    const text = stanza.toString()
    const counters = isStanza(stanza) ? this.#counters : undefined
    const ask = counters !== undefined && !counters.asked
    if (!wire.write(ask ? text + ACK_REQUEST : text)) throw new StreamOver('The connection is lost')
    if (counters === undefined) return undefined
    counters.asked = true
    counters.outbound = withSent(counters.outbound, text)
    return sent(counters.outbound)
  }

  handled(count: number): void {
    const counters = this.#counters
    if (counters === undefined) return
    counters.handled = Math.max(counters.handled, Math.min(count, counters.received))
    const every = this.#options.limits.ackEvery ?? DEFAULT_ACK_EVERY
    const { handled, told, owed } = counters
    const due = handled - told >= every || (told < owed && handled >= owed)
    if (due && this.#phase.phase === 'open') this.#tell(this.#phase.wire, counters)
  }

  resumeState(): ResumeState | undefined {
    const counters = this.#counters
    if (counters?.resumePoint === undefined) return undefined
    if (this.#phase.phase === 'closing' || (this.#phase.phase === 'over' && !this.#phase.resumable))
      return undefined
    return { ...counters.resumePoint, jid: this.jid, h: counters.handled, ...counters.outbound }
  }

  credential(): Credential {
    return this.#credential
  }

  close(): Promise<void> {
    switch (this.#phase.phase) {
      case 'over':
        return Promise.resolve()
      case 'closing':
        return this.#phase.done
      case 'open':
        return this.#close(this.#phase.wire)
    }
  }

  drop(): void {
    if (this.#phase.phase !== 'over') this.#finish(this.#phase.wire, { kind: 'lost' })
  }

  #close(wire: Wire): Promise<void> {
    // XEP-0198 4: else the server would bounce, or store again, what was read.
    if (this.#counters !== undefined) this.#tell(wire, this.#counters)
    wire.sayGoodbye()
    const patience = new AbortController()
    const waited = sleep(this.#clock, CLOSE_TIMEOUT_MS, patience.signal)
    const done = waited.then(() => this.#finish(wire, { kind: 'closed' }))
    this.#phase = { phase: 'closing', wire, patience, done }
    return done
  }

  #finish(wire: Wire, end: StreamEnd): void {
    wire.end(end)
    // The wire does not report to us before `#start`.
    this.#ended(end)
  }

  /** Takes what waits on the wire since the login, and from now on all that comes. */
  #start(login: LoggedIn): void {
    if (this.#phase.phase === 'over') return
    const { wire } = this.#phase
    if (login.resumed) this.#resumed(wire)
    for (const stanza of login.early) this.#deliver(stanza, login.resumed ? this.#counters : undefined)
    wire.deliverTo({ element: element => this.#element(element), ended: end => this.#ended(end) })
  }

  #resumed(wire: Wire): void {
    this.#stopHearing = watchHearing(this.#clock, () => this.#unheard(wire))
    const acked = this.#counters?.outbound.acked ?? 0
    if (acked > (this.#options.resume?.acked ?? 0)) this.#contain(wire, () => this.#options.onAcked?.(acked))
  }

  /** The second time in a row not as 'lost': the next resume would be as deaf. But one that a successor may resume is not ended. */
  #unheard(wire: Wire): void {
    const { permitted, resume } = this.#options
    if (resume?.unheard && permitted?.() !== false) return this.#finish(wire, DEAF)
    const point = this.#counters?.resumePoint
    if (point !== undefined) point.unheard = true
    this.#finish(wire, { kind: 'lost' })
  }

  #element(element: Element): void {
    this.#silence.heard()
    const counters = this.#counters
    if (isStanza(element)) this.#deliver(element, counters)
    else if (counters === undefined || this.#phase.phase === 'over') return
    else if (element.is('r', NS_SM)) this.#asked(this.#phase.wire, counters)
    else if (element.is('a', NS_SM)) this.#acknowledged(this.#phase.wire, counters, element.attrs.h)
  }

  #deliver(stanza: Element, counters: Counters | undefined): void {
    if (this.#phase.phase === 'over') return
    const count = counters === undefined ? undefined : ++counters.received
    this.#contain(this.#phase.wire, () => this.#options.onStanza(stanza, count))
  }

  /** A handler that throws ends its own stream and no other. Not as 'lost': after a resume the same stanza would come again. */
  #contain(wire: Wire, handle: () => void): void {
    try {
      handle()
    } catch (cause) {
      this.#finish(wire, { kind: 'error', condition: 'internal-server-error', cause })
    }
  }

  #asked(wire: Wire, counters: Counters): void {
    counters.owed = counters.received
    this.#tell(wire, counters)
  }

  /** XEP-0198 4: what we have handled is what is stored, not what has arrived. */
  #tell(wire: Wire, counters: Counters): void {
    counters.told = counters.handled
    wire.write(xml('a', { xmlns: NS_SM, h: toWire(counters.handled) }).toString())
  }

  #acknowledged(wire: Wire, counters: Counters, text: string | undefined): void {
    this.#stopHearing()
    const h = fromWire(text, counters.outbound.acked)
    if (h === undefined) throw new StreamViolation('bad-format', 'an acknowledgement without a count')
    const after = afterAck(counters.outbound, h)
    if (after === 'too-high')
      throw new StreamViolation('handled-count-too-high', `${h} of ours, we sent fewer`)
    const grown = after.acked > counters.outbound.acked
    counters.outbound = after
    counters.asked = after.unacked.length > 0
    if (counters.asked) wire.write(ACK_REQUEST)
    if (grown) this.#contain(wire, () => this.#options.onAcked?.(after.acked))
  }

  #ended(end: WireEnd): void {
    if (this.#phase.phase === 'over') return
    const reason = this.#reason(end)
    if (this.#phase.phase === 'closing') this.#phase.patience.abort()
    this.#phase = { phase: 'over', resumable: reason.kind === 'lost' }
    this.#silence.stop()
    this.#stopHearing()
    // Later: the end may come out of a call of the one who is told.
    queueMicrotask(() => this.#options.onClosed(reason))
  }

  #reason(end: WireEnd): StreamEnd {
    if (this.#phase.phase === 'closing') return { kind: 'closed' }
    // No login can time out any more.
    return end.kind === 'timeout' || end.kind === 'aborted' ? { kind: 'lost' } : end
  }
}

function startCounting({ management, resumed }: LoggedIn): Counters | undefined {
  if (management === undefined) return undefined
  return {
    ...management,
    handled: management.received,
    told: management.received,
    owed: management.received,
    asked: resumed,
  }
}
