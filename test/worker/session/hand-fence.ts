import type { Clock } from '../../../shared/clock.ts'
import type { SessionFence } from '../../../worker/fence.ts'

/** A fence that a test opens and closes. */
export class HandFence implements SessionFence {
  readonly #clock: Clock
  #openSinceMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#openSinceMs = clock.monotonic()
  }

  get openSinceMs(): number {
    return this.#openSinceMs
  }

  get open(): boolean {
    return this.#openSinceMs !== Infinity
  }

  set open(open: boolean) {
    if (open !== this.open) this.#openSinceMs = open ? this.#clock.monotonic() : Infinity
  }
}
