import type { Clock } from '../shared/clock.ts'
import type { ServerFeatures } from './translate/effects.ts'

/** A server that is set up anew is noticed within this time. */
const KEPT_MS = 5 * 60_000

/**
 * What the XMPP server offers its accounts. It is the same for all of them, and finding out costs Prosody a sixth of what a
 * whole login does; so one session asks for all of a worker, every few minutes.
 */
export class KnownFeatures {
  readonly #clock: Clock
  #features: ServerFeatures | undefined
  #untilMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Undefined when it is time to ask (again). */
  get current(): ServerFeatures | undefined {
    return this.#clock.monotonic() < this.#untilMs ? this.#features : undefined
  }

  learn(features: ServerFeatures): void {
    this.#features = features
    this.#untilMs = this.#clock.monotonic() + KEPT_MS
  }
}
