/** A map whose entries together weigh no more than a limit. */
export class Weighed<V> {
  readonly #entries = new Map<string, V>()
  readonly #limit: number
  readonly #weigh: (key: string, value: V) => number
  #weight = 0

  /** @param weigh gives the same for the same entry, each time. */
  constructor(limit: number, weigh: (key: string, value: V) => number) {
    this.#limit = limit
    this.#weigh = weigh
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  keys(): Iterable<string> {
    return this.#entries.keys()
  }

  values(): Iterable<V> {
    return this.#entries.values()
  }

  /** Whether there is room for it, in place of what is under this key. */
  fits(key: string, value: V): boolean {
    return this.#weight - this.#weightAt(key) + this.#weigh(key, value) <= this.#limit
  }

  /** Returns false when it does not fit; then nothing is under this key any more, rather than what is out of date. */
  set(key: string, value: V): boolean {
    if (!this.fits(key, value)) {
      this.delete(key)
      return false
    }
    this.#weight += this.#weigh(key, value) - this.#weightAt(key)
    this.#entries.set(key, value)
    return true
  }

  delete(key: string): void {
    this.#weight -= this.#weightAt(key)
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
    this.#weight = 0
  }

  #weightAt(key: string): number {
    const value = this.#entries.get(key)
    return value === undefined ? 0 : this.#weigh(key, value)
  }
}
