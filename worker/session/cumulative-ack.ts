/**
 * How far the frames of a client are settled without a hole; they may be settled in any order. A frame is settled once the
 * XMPP server has it, or its end is told.
 */
export class CumulativeAck {
  /** Above `#acked`: settled out of turn. */
  readonly #settled = new Set<number>()
  #acked = 0

  /** All up to here are settled. */
  get acked(): number {
    return this.#acked
  }

  /** Those that wait for one before them. */
  get outOfTurn(): number[] {
    return [...this.#settled]
  }

  /** These are settled, but none above `last`, which is not taken. True when `acked` has moved. */
  settle(seqs: readonly number[], last: number): boolean {
    for (const seq of seqs) if (seq > this.#acked && seq <= last) this.#settled.add(seq)
    return this.#advance()
  }

  /** All up to `seq` are settled, whatever is known of them here. */
  reach(seq: number): void {
    this.#acked = Math.max(this.#acked, seq)
    this.#advance()
  }

  #advance(): boolean {
    const before = this.#acked
    while (this.#settled.delete(this.#acked + 1)) this.#acked += 1
    return this.#acked > before
  }
}
