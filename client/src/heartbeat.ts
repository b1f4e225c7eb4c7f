import type { Clock } from '../../shared/clock.ts'

/** After a second socket that did not come to be. */
const ROLL_AGAIN_MS = 60_000
/** Clients that came together do not roll together; only ever earlier than told, which is close to the gateway's limit. */
const ROLL_JITTER = 0.045

/** When to ask whether the connection lives, and when to open the next one. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #onIdle: () => void
  readonly #onRoll: () => void
  #heardMs = 0
  #idle: (() => void) | undefined
  #roll: (() => void) | undefined

  constructor(clock: Clock, onIdle: () => void, onRoll: () => void) {
    this.#clock = clock
    this.#onIdle = onIdle
    this.#onRoll = onRoll
  }

  /** A socket has joined. */
  start(pingMs: number, rollMs: number | undefined, random: number): void {
    this.stop()
    this.heard()
    this.#wait(pingMs, pingMs)
    if (rollMs !== undefined)
      this.#roll = this.#clock.after(rollMs * (1 - ROLL_JITTER * random), this.#onRoll)
  }

  rollLater(): void {
    this.#roll?.()
    this.#roll = this.#clock.after(ROLL_AGAIN_MS, this.#onRoll)
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonic()
  }

  stop(): void {
    this.#idle?.()
    this.#roll?.()
    this.#idle = this.#roll = undefined
  }

  #wait(ms: number, pingMs: number): void {
    this.#idle = this.#clock.after(ms, () => {
      const quietMs = this.#clock.monotonic() - this.#heardMs
      this.#wait(quietMs < pingMs ? pingMs - quietMs : pingMs, pingMs)
      if (quietMs >= pingMs) this.#onIdle()
    })
  }
}
