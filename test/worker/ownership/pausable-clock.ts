import type { Clock } from '../../../shared/clock.ts'
import type { FakeClock } from '../../support/fake-clock.ts'

/** The clock of a process whose timers stand still while it is paused, and whose time does not: SIGSTOP and SIGCONT. */
export class PausableClock implements Clock {
  readonly #clock: FakeClock
  readonly #skewMs: number
  /** Timers that fell due during a pause. */
  readonly #due = new Set<() => void>()
  #phase: 'running' | 'paused' | 'ended' = 'running'

  /** `skewMs`: by how much its clocks are ahead. No two machines count from the same moment. */
  constructor(clock: FakeClock, skewMs: number) {
    this.#clock = clock
    this.#skewMs = skewMs
  }

  get paused(): boolean {
    return this.#phase === 'paused'
  }

  now(): number {
    return this.#clock.now() + this.#skewMs
  }

  monotonic(): number {
    return this.#clock.monotonic() + this.#skewMs
  }

  after(ms: number, run: () => void): () => void {
    const cancel = this.#clock.after(ms, () => {
      if (this.#phase === 'paused') this.#due.add(run)
      if (this.#phase === 'running') run()
    })
    return () => {
      cancel()
      this.#due.delete(run)
    }
  }

  pause(): void {
    if (this.#phase === 'running') this.#phase = 'paused'
  }

  goOn(): void {
    if (this.#phase === 'paused') this.#phase = 'running'
    const due = [...this.#due]
    this.#due.clear()
    for (const run of due) run()
  }

  /** SIGKILL */
  end(): void {
    this.#phase = 'ended'
    this.#due.clear()
  }
}
