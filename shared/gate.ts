/** Lets at most `limit` tasks run at once; the others wait in the order they came. */
export class Gate {
  readonly #limit: number
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many tasks wait for a place. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Runs the task when its turn comes, and answers or throws as it does. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await task()
    } finally {
      this.#leave()
    }
  }

  #enter(): Promise<void> {
    if (this.#running < this.#limit) {
      this.#running += 1
      return Promise.resolve()
    }
    return new Promise(resolve => this.#queue.push(resolve))
  }

  /** Hands the place on, so the count stays; or frees it. */
  #leave(): void {
    const next = this.#queue.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}
