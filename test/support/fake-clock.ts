import type { Clock } from '../../shared/clock.ts'

interface Timer {
  dueMs: number
  run: () => void
}

/** A clock that stands still until a test turns it. */
export class FakeClock implements Clock {
  #startMs: number
  #passedMs = 0
  #timers: Timer[] = []

  /** `startMs` is the wall clock's time to begin with; the monotonic one begins at 0. */
  constructor(startMs = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#startMs = startMs
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#startMs + this.#passedMs
  }

  monotonic(): number {
    return this.#passedMs
  }

  after(ms: number, run: () => void): () => void {
    const timer = { dueMs: this.#passedMs + Math.max(0, ms), run }
    this.#timers.push(timer)
    return () => this.#remove(timer)
  }

  /** Lets `ms` milliseconds pass and runs what falls due, in order, each at its own time. */
  advance(ms: number): void {
    const endMs = this.#passedMs + ms
    for (let timer = this.#next(endMs); timer; timer = this.#next(endMs)) {
      this.#remove(timer)
      this.#passedMs = timer.dueMs
      timer.run()
    }
    this.#passedMs = endMs
  }

  #next(endMs: number): Timer | undefined {
    const due = this.#timers.filter(timer => timer.dueMs <= endMs)
    return due.toSorted((a, b) => a.dueMs - b.dueMs)[0]
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter(other => other !== timer)
  }
}
