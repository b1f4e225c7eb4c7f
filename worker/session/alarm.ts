import type { Clock } from '../../shared/clock.ts'

/** One timer that is set anew again and again. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at this monotonic time, or not at all when it is undefined; whatever was set before. */
  at(dueMs: number | undefined): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (dueMs === undefined || this.#stopped) return
    this.#cancel = this.#clock.after(Math.max(0, dueMs - this.#clock.monotonic()), () => {
      this.#cancel = undefined
      this.#ring()
    })
  }

  /** Never rings again. */
  stop(): void {
    this.at(undefined)
    this.#stopped = true
  }
}
