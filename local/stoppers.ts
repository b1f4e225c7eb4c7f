/** What was started, to be stopped in the opposite order. */
export class Stoppers {
  readonly #stops: (() => Promise<void>)[] = []

  /** `stop` ends what was just started. */
  add(stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  /**
   * Stops all of it, one after the other; a second call has nothing left to do. What cannot be stopped keeps nothing else
   * running: its error is thrown afterwards.
   */
  async stop(): Promise<void> {
    const errors: unknown[] = []
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      await stop().catch((error: unknown) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }
}
