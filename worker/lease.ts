import { sleep, type Clock } from '../shared/clock.ts'
import { Gate } from '../shared/gate.ts'
import { unixSeconds } from '../shared/stores/table.ts'
import type { WorkerRow, Workers } from '../shared/stores/workers.ts'
import type { LeaseFence } from './fence.ts'
import type { Logger } from './log.ts'

/** The parts of the row that change. */
export type Standing = Pick<WorkerRow, 'sessions' | 'phase'>

export interface LeaseOptions {
  readonly row: Omit<WorkerRow, 'counter' | 'leaseMs' | 'expiresAt' | keyof Standing>
  readonly standing: () => Standing
  readonly workers: Workers
  readonly fence: LeaseFence
  /** Claims every held session anew and lets go what others have taken. Rejects when it is not through with all. */
  readonly reclaim: () => Promise<void>
  readonly renewMs: number
  /** A peer that sees no renewal for so long takes the sessions over. */
  readonly leaseMs: number
  readonly clock: Clock
  readonly log: Logger
}

/** A row outlives the longest outage in which sessions are worth keeping, so that the next worker finds whose they were. */
export const ROW_LIFE_MS = 15 * 60_000
/** After a failure sooner than usual: the fence, three quarters of the lease, leaves time for one more try. */
const RETRY_MS = 500

/*
 *   new ─good─▶ held ◀───────── all claimed anew ──────────┐
 *                │ declared dead, or no good renewal for a  │
 *                └─────────────── whole lease ────────▶ lapsed
 */
type Hold =
  | { readonly phase: 'new' }
  /** `renewedMs`, monotonic: before the last good renewal was sent. */
  | { readonly phase: 'held'; readonly renewedMs: number }
  /** A peer may have taken sessions since; `lapses` tells one such time from the next. */
  | { readonly phase: 'lapsed'; readonly renewedMs: number; readonly lapses: number }

/**
 * This worker's own row, renewed with a growing counter. The fence is open as long as no peer can have taken its sessions;
 * after that they are claimed anew before it opens again, so an outage of the table costs no session.
 */
export class Lease {
  readonly #options: LeaseOptions
  readonly #over = new AbortController()
  /** One write at a time: an older one must not overwrite what a newer one announced. */
  readonly #writes = new Gate(1)
  #hold: Hold = { phase: 'new' }
  #counter = 0
  #renewing: Promise<void> = Promise.resolve()
  #reclaiming = false

  constructor(options: LeaseOptions) {
    this.#options = options
  }

  /** Writes the row and keeps renewing it. @throws what the store throws when the first write fails. */
  async start(): Promise<void> {
    await this.#writes.run(() => this.#renew())
    this.#renewing = this.#keepRenewing()
  }

  /** Renews at once, so that a changed standing is known. False when the table cannot be written. */
  async announce(): Promise<boolean> {
    try {
      await this.#writes.run(() => this.#renew())
      return true
    } catch (error) {
      const { log, fence } = this.#options
      log.warn({ err: error, fenceOpen: fence.open }, 'the lease could not be renewed')
      return false
    }
  }

  /**
   * Ends the renewals and declares this worker dead itself, so that peers look for sessions it may have left. Never fails:
   * they find out anyway, a lease later.
   */
  async stop(): Promise<void> {
    const { workers, clock, fence, log } = this.#options
    this.#over.abort()
    await this.#renewing
    fence.close()
    await this.#writes
      .run(() => workers.declareDead(this.#row(), unixSeconds(clock.now() + ROW_LIFE_MS)))
      .catch((error: unknown) => log.warn({ err: error }, 'the end of this worker could not be announced'))
  }

  async #keepRenewing(): Promise<void> {
    const { clock, renewMs } = this.#options
    let good = true
    for (;;) {
      await sleep(clock, good ? renewMs : Math.min(RETRY_MS, renewMs), this.#over.signal)
      if (this.#over.signal.aborted) return
      good = await this.announce()
    }
  }

  async #renew(): Promise<void> {
    const { workers, clock, log } = this.#options
    const sentMs = clock.monotonic()
    this.#counter += 1
    const kept = await workers.put(this.#row())
    // First alive again, then the claims: a peer that read a session as claimed anew finds its owner alive after that.
    if (!kept) await workers.revive(this.#row())
    const before = this.#hold
    this.#hold = afterRenewal(before, { sentMs, kept, leaseMs: this.#options.leaseMs })
    if (this.#hold.phase === 'held') return this.#options.fence.renewed(sentMs)
    if (before.phase !== 'lapsed') log.warn({ declaredDead: !kept }, 'fenced: the lease had run out')
    this.#options.fence.close()
    void this.#reclaim()
  }

  /** Beside the renewals, which must go on meanwhile. What fails is tried again after the next good renewal. */
  async #reclaim(): Promise<void> {
    if (this.#reclaiming || this.#hold.phase !== 'lapsed') return
    const { reclaim, fence, log } = this.#options
    const { lapses } = this.#hold
    this.#reclaiming = true
    try {
      await reclaim()
      const hold = this.#hold
      // Another lapse since then: what was claimed may be gone again.
      if (this.#over.signal.aborted || hold.phase !== 'lapsed' || hold.lapses !== lapses) return
      this.#hold = { phase: 'held', renewedMs: hold.renewedMs }
      fence.renewed(hold.renewedMs)
    } catch (error) {
      log.warn({ err: error }, 'the sessions could not be claimed anew')
    } finally {
      this.#reclaiming = false
    }
  }

  #row(): WorkerRow {
    const { row, standing, clock, leaseMs } = this.#options
    return {
      ...row,
      leaseMs,
      ...standing(),
      counter: this.#counter,
      expiresAt: unixSeconds(clock.now() + ROW_LIFE_MS),
    }
  }
}

interface Renewal {
  readonly sentMs: number
  /** False: a peer had declared this worker dead. */
  readonly kept: boolean
  readonly leaseMs: number
}

/** What a good renewal makes of the lease. */
function afterRenewal(hold: Hold, { sentMs, kept, leaseMs }: Renewal): Hold {
  if (hold.phase === 'new') return { phase: 'held', renewedMs: sentMs }
  const lapsed = !kept || sentMs - hold.renewedMs >= leaseMs
  const lapses = hold.phase === 'lapsed' ? hold.lapses : 0
  if (lapsed) return { phase: 'lapsed', renewedMs: sentMs, lapses: lapses + 1 }
  return { ...hold, renewedMs: sentMs }
}
