import type { Clock } from '../../../shared/clock.ts'

/** A JOIN that takes the bridge longer than anybody waits. One at a time: what comes behind it is handled after it. */
export class LateJoin {
  /** The next JOIN is handled so much later. */
  nextMs = 0
  readonly #clock: Clock
  #handle: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether the JOIN is put off; then `join` is called later. */
  putsOff(join: () => void): boolean {
    if (this.nextMs === 0) return false
    const cancel = this.#clock.after(this.nextMs, () => this.handle())
    this.nextMs = 0
    this.#handle = () => {
      cancel()
      join()
    }
    return true
  }

  /** What was put off is handled now. */
  handle(): void {
    const handle = this.#handle
    this.#handle = undefined
    handle?.()
  }
}
