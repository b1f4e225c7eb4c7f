import type { Clock } from '../shared/clock.ts'
import { Cache } from './cache.ts'

/** As many as a session may send frames. */
const ANSWERS_A_SECOND = 20
/** Some 100 bytes each. */
const MAX_SOCKETS = 10_000

/**
 * How much of what sockets without a session send is answered. Each warm process counts for itself, so a socket hears so many
 * a second from each that the gateway runs for it.
 */
export class Strangers {
  readonly #answers: Cache<{ count: number }>

  constructor(clock: Clock) {
    this.#answers = new Cache({ clock, ttlMs: 1000, maxEntries: MAX_SOCKETS })
  }

  /** One more answer is due. */
  mayHear(connectionId: string): boolean {
    const answers = this.#answers.get(connectionId) ?? { count: 0 }
    if (answers.count === 0) this.#answers.set(connectionId, answers)
    answers.count += 1
    return answers.count <= ANSWERS_A_SECOND
  }
}
