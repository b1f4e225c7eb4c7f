import type { Clock } from '../../shared/clock.ts'
import { ROLL_RETRY_MS, ROLL_JITTER } from './limits.ts'

/** When to ask whether the connection lives, and when to open the next one. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #due: (kind: 'idle' | 'roll') => void
  /** Undefined while there is no session. */
  #pingMs: number | undefined
  #idle: (() => void) | undefined
  #roll: (() => void) | undefined

  constructor(clock: Clock, due: (kind: 'idle' | 'roll') => void) {
    this.#clock = clock
    this.#due = due
  }

  /** A socket has joined. */
  start(pingMs: number, rollMs: number | undefined, random: number): void {
    this.stop()
    this.#pingMs = pingMs
    this.heard()
    if (rollMs !== undefined) this.roll(rollMs * (1 - ROLL_JITTER * random))
  }

  /** `roll` is due in so long. */
  roll(ms = ROLL_RETRY_MS): void {
    this.#roll?.()
    this.#roll = this.#clock.after(ms, () => this.#due('roll'))
  }

  heard(): void {
    this.#idle?.()
    if (this.#pingMs === undefined) return
    this.#idle = this.#clock.after(this.#pingMs, () => {
      this.heard()
      this.#due('idle')
    })
  }

  stop(): void {
    this.#pingMs = undefined
    this.#idle?.()
    this.#roll?.()
  }
}
