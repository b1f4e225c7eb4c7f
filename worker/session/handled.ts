/**
 * How far the inbound stanzas of one stream are handled. `h` may pass a stanza once it made no log event, or the gateway
 * took its event (a 200 is all that can be known of a client that does not acknowledge). Counts are XEP-0198's.
 */
export class Handled {
  #seen: number
  /** Stanzas whose events are still on their way, lowest first. */
  readonly #open = new Set<number>()

  /** `h`: what is handled already; 0 on a new stream. */
  constructor(h: number) {
    this.#seen = h
  }

  /** A resumed stream brings again what `h` had not passed; what was seen is on its way already. */
  isRepeat(count: number): boolean {
    return count <= this.#seen
  }

  /** A stanza with this count came; `open` when its event has yet to be taken. Returns how far all is handled. */
  seen(count: number, open: boolean): number {
    this.#seen = count
    if (open) this.#open.add(count)
    return this.all
  }

  /** The event of this stanza was taken. Returns how far all is handled. */
  taken(count: number): number {
    this.#open.delete(count)
    return this.all
  }

  /** Up to this count everything is handled. */
  get all(): number {
    // A Set keeps the order of insertion, and counts only grow.
    const [lowest] = this.#open
    return lowest === undefined ? this.#seen : lowest - 1
  }
}
