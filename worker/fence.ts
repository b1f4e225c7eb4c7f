import type { Clock } from '../shared/clock.ts'

/**
 * Whether this worker may act for its sessions. Closed when its lease may have run out: then no stanza, no push and no row
 * is written, since a peer may hold the sessions already; TCP connections are kept.
 */
export interface Fence {
  readonly open: boolean
}

/** For what has to be looked at anew after each time in which it was closed. */
export interface SessionFence extends Fence {
  /** Since when it is open without a break, on the monotonic clock; Infinity while it is closed. */
  readonly openSinceMs: number
}

/**
 * Opened by each good renewal for a time that is counted from before it was sent, on the monotonic clock. Nobody has to
 * close it: in a process that was paused, or cannot reach the table, the time is simply over.
 */
export class LeaseFence implements SessionFence {
  readonly #clock: Clock
  readonly #openForMs: number
  #openUntilMs = Number.NEGATIVE_INFINITY
  #openSinceMs = Infinity

  /** What is sent just before `leaseMs` is over may take effect after it, so the fence closes a quarter earlier. */
  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock
    this.#openForMs = leaseMs * 0.75
  }

  get open(): boolean {
    return this.#clock.monotonic() < this.#openUntilMs
  }

  get openSinceMs(): number {
    return this.open ? this.#openSinceMs : Infinity
  }

  /** The lease is good, by a renewal that was begun at `sentMs`. */
  renewed(sentMs: number): void {
    if (!this.open) this.#openSinceMs = this.#clock.monotonic()
    this.#openUntilMs = sentMs + this.#openForMs
  }

  close(): void {
    this.#openUntilMs = Number.NEGATIVE_INFINITY
  }
}
