import { systemClock, type Clock } from '../../shared/clock.ts'

/** Far above what a healthy stack needs, even on a busy machine, and below the limit of a test. */
const WAIT_MS = 15_000
/** What of one item fits on a line of an error message. */
const SHOWN_CHARACTERS = 300
/** How many of the last items an error message shows. */
const SHOWN_ITEMS = 10

interface Waiter<T> {
  accepts: (item: T) => boolean
  what: string
  resolve: (item: T) => void
  reject: (error: Error) => void
}

/** A test waited for something that did not come; the message lists what came instead. */
export class NeverCame extends Error {
  override readonly name = 'NeverCame'
}

/** What a test client received: all of it in order, and a way to wait for one item, each given out once. */
export class Inbox<T> {
  readonly all: T[] = []
  readonly #unclaimed = new Set<T>()
  readonly #waiters = new Set<Waiter<T>>()
  readonly #owner: string
  readonly #show: (item: T) => string
  readonly #clock: Clock
  #closed: string | undefined

  /** `owner` names the client in error messages, `show` is one item as text. */
  constructor(owner: string, show: (item: T) => string, clock: Clock = systemClock) {
    this.#owner = owner
    this.#show = show
    this.#clock = clock
  }

  push(item: T): void {
    this.all.push(item)
    const waiter = [...this.#waiters].find(candidate => candidate.accepts(item))
    if (waiter === undefined) {
      this.#unclaimed.add(item)
      return
    }
    // At once: the next item may come before the waiter's promise has run.
    this.#waiters.delete(waiter)
    waiter.resolve(item)
  }

  /** Nothing will come any more: who waits is told at once, and why. What came can still be claimed. */
  close(reason: string): void {
    this.#closed ??= reason
    for (const waiter of this.#waiters) waiter.reject(this.#neverCame(waiter.what))
  }

  /**
   * The first item, received already or still to come, that `accepts` takes and nobody was given before. `what` names it
   * in the NeverCame that is thrown after `limitMs` or when the connection ends.
   */
  waitFor(accepts: (item: T) => boolean, what: string, limitMs = WAIT_MS): Promise<T> {
    const here = [...this.#unclaimed].find(accepts)
    if (here !== undefined) {
      this.#unclaimed.delete(here)
      return Promise.resolve(here)
    }
    if (this.#closed !== undefined) return Promise.reject(this.#neverCame(what))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const waiter = { accepts, what, resolve, reject }
    this.#waiters.add(waiter)
    const cancel = this.#clock.after(limitMs, () => reject(this.#neverCame(what, limitMs)))
    return promise.finally(() => {
      cancel()
      this.#waiters.delete(waiter)
    })
  }

  #neverCame(what: string, limitMs?: number): NeverCame {
    const why = this.#closed ?? `within ${limitMs} ms`
    const last = this.all.slice(-SHOWN_ITEMS).map(item => `  ${this.#show(item).slice(0, SHOWN_CHARACTERS)}`)
    const came = last.length === 0 ? 'nothing came' : `${this.all.length} came, at last:\n${last.join('\n')}`
    return new NeverCame(`${this.#owner} waited for ${what}, which never came (${why}); ${came}`)
  }
}
