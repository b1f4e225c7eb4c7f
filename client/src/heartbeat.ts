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
    if (rollMs !== undefined) this.#rollIn(rollMs * (1 - ROLL_JITTER * random))
  }

  heard(): void {
    this.#idle?.()
    if (this.#pingMs === undefined) return
    this.#idle = this.#clock.after(this.#pingMs, () => this.#due('idle'))
  }

  stop(): void {
    this.#pingMs = undefined
    this.#idle?.()
    this.#roll?.()
  }

  /** And again and again, until another socket has joined: a roll may fail, or come when it cannot begin. */
  #rollIn(ms: number): void {
    this.#roll = this.#clock.after(ms, () => {
      this.#rollIn(ROLL_RETRY_MS)
      this.#due('roll')
    })
  }
}
