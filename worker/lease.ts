import { sleep, type Clock } from '../shared/clock.ts'
import { unixSeconds } from '../shared/stores/table.ts'
import type { WorkerRow, Workers } from '../shared/stores/workers.ts'
import type { Logger } from './log.ts'

/** The parts of the row that change. */
export type Standing = Pick<WorkerRow, 'sessions' | 'phase'>

export interface LeaseOptions {
  readonly row: Omit<WorkerRow, 'counter' | 'expiresAt' | keyof Standing>
  readonly standing: () => Standing
  readonly workers: Workers
  readonly renewMs: number
  readonly clock: Clock
  readonly log: Logger
}

/** A row that nobody renews is no address any more; long enough for a DynamoDB outage to pass unnoticed. */
const ROW_LIFE_MS = 60_000
/** After this long without a good renewal the worker calls itself not ready. */
const STALE_MS = 6000

/** This worker's own row: written at boot, renewed with a growing counter, removed at the end. */
export class Lease {
  readonly #options: LeaseOptions
  readonly #over = new AbortController()
  #counter = 0
  /** Monotonic; the time before the last good renewal was sent. */
  #renewedMs = Number.NEGATIVE_INFINITY
  #renewing: Promise<void> = Promise.resolve()

  constructor(options: LeaseOptions) {
    this.#options = options
  }

  get fresh(): boolean {
    return this.#options.clock.monotonic() - this.#renewedMs < STALE_MS
  }

  /** Writes the row and keeps renewing it. @throws what the store throws when the first write fails. */
  async start(): Promise<void> {
    await this.#renew()
    this.#renewing = this.#keepRenewing()
  }

  /** Publishes a changed standing at once. */
  async announce(): Promise<void> {
    await this.#renew().catch((error: unknown) =>
      this.#options.log.warn({ err: error }, 'the worker row is stale'),
    )
  }

  /** Ends the renewals and removes the row. Never fails: a row that cannot be removed expires. */
  async stop(): Promise<void> {
    const { workers, row, log } = this.#options
    this.#over.abort()
    await this.#renewing
    await workers
      .remove(row.workerId)
      .catch((error: unknown) => log.warn({ err: error }, 'the worker row is left to expire'))
  }

  async #keepRenewing(): Promise<void> {
    const { clock, renewMs } = this.#options
    for (;;) {
      await sleep(clock, renewMs, this.#over.signal)
      if (this.#over.signal.aborted) return
      await this.announce()
    }
  }

  async #renew(): Promise<void> {
    const { row, standing, workers, clock } = this.#options
    const sentMs = clock.monotonic()
    this.#counter += 1
    const expiresAt = unixSeconds(clock.now() + ROW_LIFE_MS)
    await workers.put({ ...row, ...standing(), counter: this.#counter, expiresAt })
    this.#renewedMs = sentMs
  }
}
