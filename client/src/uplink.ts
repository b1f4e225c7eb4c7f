import type { Clock } from '../../shared/clock.ts'
import type { JoinSuccess } from '../../shared/wire/frames/session.ts'
import type { SessionFrame } from '../../shared/wire/up.ts'
import type { Connection } from './connection.ts'
import type { Delivery } from './delivery.ts'
import {
  ACK_AFTER_ITEMS,
  ACK_AFTER_MS,
  HEAD_BYTES,
  LATEST_MS,
  LATE_MS,
  SLOWEST_BYTES_PER_MS,
} from './limits.ts'
import type { Outbox, Window } from './outbox.ts'
import { group } from './pieces.ts'
import type { Saver } from './saver.ts'
import type { Event } from './state.ts'

type WireLimits = JoinSuccess['limits']

interface UplinkLimits extends Window {
  readonly maxBatchBytes: number
}

export interface UplinkSession {
  readonly outbox: Outbox
  readonly saver: Saver
  readonly delivery: Delivery
  readonly connection: Connection
  dispatch(event: Event): void
}

/** Puts what goes up into batches: kept frames within the window and in order, all else at once, acknowledgements beside. */
export class Uplink {
  readonly #clock: Clock
  readonly #session: UplinkSession
  /** Undefined while there is no session to send to. */
  #limits: UplinkLimits | undefined
  /** Grows when what was taken from the outbox, but not written yet, must be taken anew. */
  #turn = 0
  #pumping = false
  #pause: (() => void) | undefined
  #unackedItems = 0
  #ackTimer: (() => void) | undefined
  #lateTimer: (() => void) | undefined
  /** When all that was written is up, even over a slow link. */
  #upMs = 0

  constructor(clock: Clock, session: UplinkSession) {
    this.#clock = clock
    this.#session = session
  }

  /** How long what was written may be on its way up. */
  get busyMs(): number {
    return Math.max(0, this.#upMs - this.#clock.monotonic())
  }

  get paused(): boolean {
    return this.#pause !== undefined
  }

  /** A socket has joined: sends what is not acknowledged, and goes on. */
  open({
    maxContentBytes,
    maxBatchBytes = 2 * maxContentBytes,
    // Until the bridge names a number, one frame at a time is always allowed.
    window: frames = 1,
    windowBytes: bytes = maxBatchBytes,
  }: WireLimits): void {
    this.close()
    this.#limits = { maxContentBytes, maxBatchBytes, frames, bytes }
    this.resend()
  }

  close(): void {
    this.#limits = undefined
    this.#turn += 1
    this.#upMs = 0
    this.endPause()
    this.#lateTimer?.()
    this.#lateTimer = undefined
    this.#acked()
  }

  /** From `seq` on, or from the first frame without an acknowledgement, after `pauseMs`. */
  resend(seq?: number, pauseMs = 0): void {
    this.#turn += 1
    this.#session.outbox.rewind(seq)
    this.endPause()
    if (pauseMs > 0) this.#pause = this.#clock.after(pauseMs, () => this.resend(seq))
    else this.pump()
  }

  /** What waits goes with the next `pump`. */
  endPause(): void {
    this.#pause?.()
    this.#pause = undefined
  }

  /** One frame without a place in the outbox. Whether there was anybody to send it to. */
  send(frame: SessionFrame): boolean {
    if (this.#limits === undefined) return false
    this.#write([JSON.stringify(frame)])
    return true
  }

  /** One more log item may be acknowledged. */
  kept(): void {
    if (this.#limits === undefined) return
    this.#unackedItems += 1
    if (this.#unackedItems >= ACK_AFTER_ITEMS) this.ack()
    else this.#ackTimer ??= this.#clock.after(ACK_AFTER_MS, () => this.ack())
  }

  /** Acknowledges now what was not acknowledged yet. */
  ack(): void {
    if (this.#unackedItems > 0) this.#write([])
  }

  /** Sends what the window lets through. */
  pump(): void {
    if (!this.#pumping) void this.#pump()
  }

  async #pump(): Promise<void> {
    const { outbox, saver } = this.#session
    this.#pumping = true
    while (this.#limits !== undefined && !this.paused) {
      const turn = this.#turn
      const frames = outbox.take(this.#limits)
      if (frames.length === 0) break
      // Nothing is sent that a crash could forget.
      await saver.saved()
      if (turn !== this.#turn) outbox.rewind()
      else this.#writeAll(frames, this.#limits)
    }
    this.#pumping = false
  }

  #writeAll(frames: readonly string[], { maxBatchBytes }: UplinkLimits): void {
    for (const batch of group(frames, maxBatchBytes - HEAD_BYTES)) this.#write(batch)
    if (this.#lateTimer === undefined) this.#watch(LATE_MS)
  }

  #write(frames: readonly string[]): void {
    const { stream, seq } = this.#session.delivery.kept
    this.#acked()
    const text = `{"stream":${stream},"ack":${seq},"frames":[${frames.join(',')}]}`
    this.#upMs = this.#clock.monotonic() + this.busyMs + text.length / SLOWEST_BYTES_PER_MS
    this.#session.connection.send(text)
  }

  /** Or nobody is left to acknowledge to. */
  #acked(): void {
    this.#unackedItems = 0
    this.#ackTimer?.()
    this.#ackTimer = undefined
  }

  /** The last frames of all are missed by nobody else when they are lost. */
  #watch(ms: number): void {
    const { outbox } = this.#session
    const { from } = outbox.position
    this.#lateTimer = this.#clock.after(ms + this.busyMs, () => {
      this.#lateTimer = undefined
      if (!outbox.waits) return
      if (outbox.position.from > from) return this.#watch(LATE_MS)
      this.#watch(Math.min(LATEST_MS, ms * 2))
      // Perhaps the connection is dead, and nothing has told yet.
      this.#session.dispatch({ kind: 'late' })
      if (!this.paused) this.resend()
    })
  }
}
