import type { Clock } from '../clock.ts'

/** About as long as a lease: by then it has answered, or its peers have found it dead. */
const SUSPECT_FOR_MS = 5000

/**
 * Workers that have just left a call without an answer: most likely paused or cut off. Whoever calls one waits less, or a few
 * of them would keep all functions of an account waiting, and with them the users of all other workers.
 */
export class Suspects {
  readonly #clock: Clock
  readonly #untilMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(workerId: string): boolean {
    return this.#clock.monotonic() < (this.#untilMs.get(workerId) ?? -Infinity)
  }

  unanswered(workerId: string): void {
    this.#untilMs.set(workerId, this.#clock.monotonic() + SUSPECT_FOR_MS)
  }

  answered(workerId: string): void {
    this.#untilMs.delete(workerId)
  }
}
