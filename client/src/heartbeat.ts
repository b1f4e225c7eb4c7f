import type { Clock } from '../../shared/clock.ts'
import { ROLL_AGAIN_MS, ROLL_JITTER } from './limits.ts'

/** When to ask whether the connection lives, and when to open the next one. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #due: (kind: 'idle' | 'roll') => void
  #heardMs = 0
  #idle: (() => void) | undefined
  #roll: (() => void) | undefined

  constructor(clock: Clock, due: (kind: 'idle' | 'roll') => void) {
    this.#clock = clock
    this.#due = due
  }

  /** A socket has joined. */
  start(pingMs: number, rollMs: number | undefined, random: number): void {
    this.stop()
    this.heard()
    this.#wait(pingMs, pingMs)
    if (rollMs !== undefined) this.rollLater(rollMs * (1 - ROLL_JITTER * random))
  }

  rollLater(ms = ROLL_AGAIN_MS): void {
    this.#roll?.()
    this.#roll = this.#clock.after(ms, () => this.#due('roll'))
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonic()
  }

  stop(): void {
    this.#idle?.()
    this.#roll?.()
  }

  #wait(ms: number, pingMs: number): void {
    this.#idle = this.#clock.after(ms, () => {
      const quietMs = this.#clock.monotonic() - this.#heardMs
      this.#wait(quietMs < pingMs ? pingMs - quietMs : pingMs, pingMs)
      if (quietMs >= pingMs) this.#due('idle')
    })
  }
}
