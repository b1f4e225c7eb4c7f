import type { Clock } from '../../shared/clock.ts'

/** Short enough that a frozen leader is missed soon, long enough to cost nothing. */
const PING_EVERY_MS = 2500
/** So that not all tabs ask, or steal, in the same moment. */
const PING_SPREAD_MS = 1000
/** Unanswered over at least 10 s: a tab that is only busy, or throttled in the background, answers before. */
const PINGS_BEFORE_STEALING = 4

export interface WatchEvents {
  ping(): void
  /** Nothing was heard for a while; when the leader will be given up, on the wall clock. */
  silent(untilMs: number): void
  /** The leader is frozen or stuck. */
  giveUp(): void
}

/**
 * Tells when the leading tab has fallen silent. It counts questions without an answer, not time: timers of a hidden tab
 * come late or all at once, and a tab that was itself asleep must not blame the leader.
 */
export class SilenceWatch {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #events: WatchEvents
  #unanswered = 0
  #cancel: (() => void) | undefined

  constructor(clock: Clock, random: () => number, events: WatchEvents) {
    this.#clock = clock
    this.#random = random
    this.#events = events
  }

  /** The leader was heard, or it is time to begin. */
  heard(): void {
    this.stop()
    this.#next()
  }

  stop(): void {
    this.#cancel?.()
    this.#unanswered = 0
  }

  #next(): void {
    this.#cancel = this.#clock.after(PING_EVERY_MS + this.#random() * PING_SPREAD_MS, () => this.#due())
  }

  #due(): void {
    if (this.#unanswered === PINGS_BEFORE_STEALING) {
      this.heard()
      return this.#events.giveUp()
    }
    if (this.#unanswered > 0) {
      const left = PINGS_BEFORE_STEALING - this.#unanswered + 1
      this.#events.silent(this.#clock.now() + left * PING_EVERY_MS)
    }
    this.#unanswered += 1
    this.#events.ping()
    this.#next()
  }
}
