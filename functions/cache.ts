import type { Clock } from '../shared/clock.ts'

export interface CacheOptions {
  readonly clock: Clock
  readonly ttlMs: number
  /** The oldest entry goes when there are more. */
  readonly maxEntries: number
}

interface Entry<Value> {
  readonly value: Value
  readonly setAtMs: number
}

/** What a warm function remembers for a short while. */
export class Cache<Value> {
  #options: CacheOptions
  #entries = new Map<string, Entry<Value>>()

  constructor(options: CacheOptions) {
    this.#options = options
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    // By the wall clock: a function that sleeps between invokes may wake with a monotonic one that stood still.
    const ageMs = this.#options.clock.now() - entry.setAtMs
    if (ageMs >= 0 && ageMs < this.#options.ttlMs) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, setAtMs: this.#options.clock.now() })
    const oldest = this.#entries.keys().next()
    if (this.#entries.size > this.#options.maxEntries && !oldest.done) this.#entries.delete(oldest.value)
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }
}
