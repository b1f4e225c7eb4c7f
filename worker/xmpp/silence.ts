import type { Clock } from '../../shared/clock.ts'
import type { StreamLimits } from './port.ts'

const DEFAULT_IDLE_PROBE_MS = 60_000
const DEFAULT_PROBE_TIMEOUT_MS = 30_000

export interface Probe {
  /** Whether the server answers it. */
  answered: boolean
  send(): void
  /** The server had its time to answer. */
  unanswered(): void
}

/** Notices a connection that died without a word: TCP may take hours to, when nobody sends anything. */
export class SilenceWatch {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #patienceMs: number
  readonly #probe: Probe
  #heardAtMs: number
  #cancel: () => void

  constructor(clock: Clock, limits: StreamLimits, probe: Probe) {
    this.#clock = clock
    this.#idleMs = limits.idleProbeMs ?? DEFAULT_IDLE_PROBE_MS
    this.#patienceMs = limits.probeTimeoutMs ?? DEFAULT_PROBE_TIMEOUT_MS
    this.#probe = probe
    this.#heardAtMs = clock.monotonic()
    this.#cancel = clock.after(this.#idleMs, this.#look)
  }

  heard(): void {
    this.#heardAtMs = this.#clock.monotonic()
  }

  stop(): void {
    this.#cancel()
  }

  readonly #look = (): void => {
    const quietMs = this.#clock.monotonic() - this.#heardAtMs
    if (quietMs < this.#idleMs) return this.#lookAgain(this.#idleMs - quietMs)
    if (this.#probe.answered && quietMs >= this.#idleMs + this.#patienceMs) return this.#probe.unanswered()
    this.#probe.send()
    this.#lookAgain(this.#patienceMs)
  }

  #lookAgain(ms: number): void {
    this.#cancel = this.#clock.after(ms, this.#look)
  }
}
