/** The effects of faults of one kind that overlap: each lasts until its own end, and the strongest of those that last counts. */
export class Overlap<Effect extends object> {
  readonly #strengthOf: (effect: Effect) => number
  readonly #lasting = new Set<Effect>()

  constructor(strengthOf: (effect: Effect) => number) {
    this.#strengthOf = strengthOf
  }

  /** Of equals the one that began last; undefined while none lasts. */
  get strongest(): Effect | undefined {
    return [...this.#lasting].toSorted((a, b) => this.#strengthOf(a) - this.#strengthOf(b)).at(-1)
  }

  begin(effect: Effect): void {
    this.#lasting.add(effect)
  }

  /** `effect`: the very object that began. One that has ended already stays so. */
  end(effect: Effect): void {
    this.#lasting.delete(effect)
  }

  clear(): void {
    this.#lasting.clear()
  }
}
