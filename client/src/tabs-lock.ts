/// <reference lib="dom" />

/** What a candidate is told. */
export interface LockEvents {
  /** This tab holds the lock: no other does. */
  won(): void
  /** Another tab has stolen the lock. */
  robbed(): void
  /** The browser refuses locks to this page. */
  failed(error: unknown): void
}

export type Locks = Pick<LockManager, 'request'>

interface Attempt {
  readonly waiting: AbortController
  readonly held: PromiseWithResolvers<void>
  won: boolean
}

/**
 * One lock among all tabs of an origin, held until it is given back; the browser gives it on when a tab is closed or
 * crashes. https://w3c.github.io/web-locks/
 */
export class TabLock {
  readonly #locks: Locks
  readonly #name: string
  readonly #events: LockEvents
  #attempt: Attempt | undefined

  constructor(locks: Locks, name: string, events: LockEvents) {
    this.#locks = locks
    this.#name = name
    this.#events = events
  }

  /** Waits in line. */
  campaign(): void {
    this.#request(attempt => ({ signal: attempt.waiting.signal }))
  }

  /** Takes the lock from whoever holds it. */
  steal(): void {
    // A request that steals may have no signal.
    this.#request(() => ({ steal: true }))
  }

  /** Gives the lock back, or leaves the line. */
  release(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    attempt?.waiting.abort()
    attempt?.held.resolve()
  }

  #request(options: (attempt: Attempt) => LockOptions): void {
    this.release()
    const attempt = { waiting: new AbortController(), held: Promise.withResolvers<void>(), won: false }
    this.#attempt = attempt
    const hold = () => {
      if (this.#attempt !== attempt) return undefined
      attempt.won = true
      this.#events.won()
      return attempt.held.promise
    }
    this.#locks
      .request(this.#name, options(attempt), hold)
      .catch((error: unknown) => this.#ended(attempt, error))
  }

  #ended(attempt: Attempt, error: unknown): void {
    if (this.#attempt !== attempt) return
    this.#attempt = undefined
    if (attempt.won) this.#events.robbed()
    else this.#events.failed(error)
  }
}
