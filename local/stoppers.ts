/** What was started, to be stopped in the opposite order. */
export class Stoppers {
  readonly #stops: (() => Promise<void>)[] = []

  /** `stop` ends what was just started. */
  add(stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  /** Stops all of it, one after the other; a second call has nothing left to do. */
  async stop(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop()
  }
}
