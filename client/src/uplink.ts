import type { Clock } from '../../shared/clock.ts'
import type { SessionFrame } from '../../shared/wire/up.ts'
import type { Position } from './inbox.ts'
import type { Outbox, Window } from './outbox.ts'
import { group } from './pieces.ts'

/** Half of what the bridge keeps in its memory for a client. */
const ACK_AFTER_ITEMS = 32
const ACK_AFTER_MS = 60_000
/** An XMPP server acknowledges in a round trip; after this long, something on the way was lost or is slow. */
const LATE_MS = 10_000
const LATEST_MS = 60_000
/** `{"stream":…,"ack":…,"frames":[]}` with two long numbers. */
const HEAD_BYTES = 72

export interface UplinkLimits extends Window {
  readonly maxBatchBytes: number
}

export interface UplinkParts {
  readonly clock: Clock
  readonly outbox: Outbox
  readonly write: (text: string) => void
  /** Resolves when all that was asked to be kept is kept. */
  readonly saved: () => Promise<void>
  /** What may be acknowledged. */
  readonly position: () => Position
  /** An acknowledgement is late. */
  readonly onLate: () => void
}

/** Puts what goes up into batches: kept frames within the window and in order, all else at once, acknowledgements beside. */
export class Uplink {
  readonly #parts: UplinkParts
  /** Undefined while there is no session to send to. */
  #limits: UplinkLimits | undefined
  /** Grows when what was taken from the outbox, but not written yet, must be taken again. */
  #turn = 0
  #pumping = false
  #pause: (() => void) | undefined
  #unackedItems = 0
  #ackTimer: (() => void) | undefined
  #lateTimer: (() => void) | undefined

  constructor(parts: UplinkParts) {
    this.#parts = parts
  }

  /** A socket has joined: sends what is not acknowledged, and goes on. */
  open(limits: UplinkLimits): void {
    this.close()
    this.#limits = limits
    this.again()
  }

  close(): void {
    this.#limits = undefined
    this.#turn += 1
    this.#unackedItems = 0
    this.#pause?.()
    this.#lateTimer?.()
    this.#ackTimer?.()
    this.#pause = this.#lateTimer = this.#ackTimer = undefined
  }

  /** Sends again from `seq`, or from the first frame without an acknowledgement, after `pauseMs`. */
  again(seq?: number, pauseMs = 0): void {
    this.#turn += 1
    this.#parts.outbox.rewind(seq)
    this.#pause?.()
    this.#pause = undefined
    if (pauseMs > 0) this.#pause = this.#parts.clock.after(pauseMs, () => this.again(seq))
    else this.pump()
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
    if (this.#unackedItems >= ACK_AFTER_ITEMS) this.acknowledge()
    else this.#ackTimer ??= this.#parts.clock.after(ACK_AFTER_MS, () => this.acknowledge())
  }

  /** Acknowledges now what was not acknowledged yet. */
  acknowledge(): void {
    if (this.#limits !== undefined && this.#unackedItems > 0) this.#write([])
  }

  /** Sends what the window lets through. */
  pump(): void {
    if (!this.#pumping) void this.#pump()
  }

  async #pump(): Promise<void> {
    const { outbox, saved } = this.#parts
    this.#pumping = true
    while (this.#limits !== undefined && this.#pause === undefined) {
      const turn = this.#turn
      const frames = outbox.take(this.#limits)
      if (frames.length === 0) break
      // Nothing is sent that a crash could forget.
      await saved()
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
    const { stream, seq } = this.#parts.position()
    this.#unackedItems = 0
    this.#ackTimer?.()
    this.#ackTimer = undefined
    this.#parts.write(`{"stream":${stream},"ack":${seq},"frames":[${frames.join(',')}]}`)
  }

  /** The last frames of all are missed by nobody else when they are lost. */
  #watch(ms: number): void {
    const { clock, outbox, onLate } = this.#parts
    const { acked } = outbox
    this.#lateTimer = clock.after(ms, () => {
      this.#lateTimer = undefined
      if (!outbox.waits) return
      if (outbox.acked > acked) return this.#watch(LATE_MS)
      this.#watch(Math.min(LATEST_MS, ms * 2))
      onLate()
      if (this.#pause === undefined) this.again()
    })
  }
}
