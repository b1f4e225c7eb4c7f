/** What waits for its post, as the JSON of it. */
export interface Waiting {
  readonly text: string
  /** Frames with the same key replace each other while they wait. */
  readonly key: string | undefined
}

/** Frames in the order of going out. The newest of a key goes to the end: in the place of an earlier one it would overtake. */
export class WaitingList<Entry extends Waiting> {
  readonly #entries = new Set<Entry>()
  readonly #mergeable = new Map<string, Entry>()
  #length = 0

  /** Of all that waits, in UTF-16 code units. */
  get length(): number {
    return this.#length
  }

  /** How many wait. */
  get size(): number {
    return this.#entries.size
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values()
  }

  append(entry: Entry): void {
    const earlier = entry.key === undefined ? undefined : this.#mergeable.get(entry.key)
    if (earlier !== undefined) this.remove(earlier)
    if (entry.key !== undefined) this.#mergeable.set(entry.key, entry)
    this.#entries.add(entry)
    this.#length += entry.text.length
  }

  remove(entry: Entry): void {
    if (!this.#entries.delete(entry)) return
    this.#length -= entry.text.length
    if (entry.key !== undefined) this.#mergeable.delete(entry.key)
  }

  /** Takes out the oldest. */
  shift(): Entry | undefined {
    const [entry] = this.#entries
    if (entry !== undefined) this.remove(entry)
    return entry
  }

  clear(): void {
    this.#entries.clear()
    this.#mergeable.clear()
    this.#length = 0
  }
}
