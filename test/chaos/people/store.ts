import type { Change, Saved, Store } from '../../../client/src/store.ts'
import { sleep, type Clock } from '../../../shared/clock.ts'

/** About what a durable write takes in a browser: long enough for a page to be killed amid one. */
const WRITE_MS = 3

/**
 * What one page sees of its user's store. When the page is gone, a write that had not ended was never made, and nobody
 * hears of it.
 */
export class PageStore implements Store {
  readonly #kept: Store
  readonly #gone: AbortSignal
  readonly #clock: Clock
  readonly #onKept: (change: Change) => void

  /** `onKept` is told of each change that would survive a crash. */
  constructor(kept: Store, gone: AbortSignal, clock: Clock, onKept: (change: Change) => void) {
    this.#kept = kept
    this.#gone = gone
    this.#clock = clock
    this.#onKept = onKept
  }

  load(): Promise<Saved | undefined> {
    return this.#kept.load()
  }

  async save(change: Change): Promise<void> {
    await this.#write()
    await this.#kept.save(change)
    this.#onKept(change)
  }

  async clear(): Promise<void> {
    await this.#write()
    await this.#kept.clear()
  }

  async #write(): Promise<void> {
    await sleep(this.#clock, WRITE_MS)
    if (this.#gone.aborted) await new Promise(() => undefined)
  }
}

/** What is not kept by then is no bad luck any more: nobody means to keep it. */
const KEPT_WITHIN_MS = 2000

interface Done {
  readonly key: string
  readonly atMs: number
}

/** What a page has done just now and its store has not kept yet: with the page it is gone, and nobody is to blame. */
export class Unsaved {
  readonly #clock: Clock
  /** Messages handed to the client, by their id. */
  readonly #sends = new Map<string, Done>()
  /** Messages shown, by their archive id. */
  readonly #displays = new Map<string, Done>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  sent(id: string, key: string): void {
    this.#sends.set(id, { key, atMs: this.#clock.monotonic() })
  }

  shown(mid: string | undefined, key: string): void {
    this.#displays.set(mid ?? key, { key, atMs: this.#clock.monotonic() })
  }

  kept({ put = [], cursor }: Change): void {
    for (const { id } of put) this.#sends.delete(id)
    for (const mid of cursor?.seen ?? []) this.#displays.delete(mid)
  }

  get keys(): string[] {
    const sinceMs = this.#clock.monotonic() - KEPT_WITHIN_MS
    const all = [...this.#sends.values(), ...this.#displays.values()]
    return all.filter(({ atMs }) => atMs >= sinceMs).map(({ key }) => key)
  }
}
