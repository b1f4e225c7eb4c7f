import { sleep, type Clock } from '../shared/clock.ts'
import { unixSeconds } from '../shared/stores/table.ts'
import type { WorkerRow, Workers } from '../shared/stores/workers.ts'
import type { Fence } from './fence.ts'
import { ROW_LIFE_MS } from './lease.ts'
import type { Logger } from './log.ts'

/** Of a lease, between two readings: after a longer one this process may have been paused, and its peers with it. */
const LONGEST_GAP = 0.75

/** What was seen of the peers in an unbroken series of readings. */
export interface WatchState {
  /** Monotonic; when the last reading came in. */
  readonly lastMs: number
  /** Each counter, and since when it has not moved. */
  readonly seen: ReadonlyMap<string, { readonly counter: number; readonly sinceMs: number }>
}

export const NOTHING_SEEN: WatchState = { lastMs: 0, seen: new Map() }

/**
 * What follows from a reading of all rows that came in at `nowMs`; undefined is one that failed. A peer is `dead` whose
 * counter stood still for `leaseMs`, or for its own lease where that is longer: during a deployment both may differ. Times
 * are those of this worker's monotonic clock alone; wherever it did not look, a peer may have been alive, so each gap begins
 * the series anew.
 */
export function observe(
  state: WatchState,
  reading: readonly WorkerRow[] | undefined,
  nowMs: number,
  leaseMs: number,
): { readonly state: WatchState; readonly dead: readonly WorkerRow[] } {
  if (reading === undefined) return { state: NOTHING_SEEN, dead: [] }
  const unbroken = nowMs - state.lastMs < leaseMs * LONGEST_GAP
  const seen = new Map<string, { counter: number; sinceMs: number }>()
  for (const { workerId, counter } of reading) {
    const before = unbroken ? state.seen.get(workerId) : undefined
    seen.set(workerId, before?.counter === counter ? before : { counter, sinceMs: nowMs })
  }
  const stoodStill = ({ workerId, leaseMs: own = leaseMs }: WorkerRow) =>
    nowMs - (seen.get(workerId)?.sinceMs ?? nowMs) >= Math.max(leaseMs, own)
  const dead = reading.filter(row => row.phase !== 'dead' && stoodStill(row))
  return { state: { lastMs: nowMs, seen }, dead }
}

/** All workers as they are now: those that may be given sessions, and those that lost theirs. */
export interface Fleet {
  /** Ready, and with room; this worker may be one of them. */
  readonly ready: readonly WorkerRow[]
  readonly dead: readonly WorkerRow[]
}

export interface WatchOptions {
  readonly workerId: string
  readonly workers: Workers
  readonly fence: Fence
  /** Takes each good reading, once the dead are declared so. */
  readonly onFleet: (fleet: Fleet) => void
  readonly everyMs: number
  readonly leaseMs: number
  readonly clock: Clock
  readonly log: Logger
}

/** Watches the other workers' rows, and declares those dead whose lease has run out. */
export class Watch {
  readonly #options: WatchOptions
  readonly #over = new AbortController()
  #state = NOTHING_SEEN
  #watching: Promise<void> = Promise.resolve()

  constructor(options: WatchOptions) {
    this.#options = options
  }

  start(): void {
    this.#watching = this.#keepWatching()
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#over.abort()
    await this.#watching
  }

  async #keepWatching(): Promise<void> {
    const { clock, everyMs } = this.#options
    while (!this.#over.signal.aborted) {
      await this.#look()
      await sleep(clock, everyMs, this.#over.signal)
    }
  }

  async #look(): Promise<void> {
    const { workerId, clock, fence, leaseMs, onFleet } = this.#options
    const rows = await this.#read()
    // Whoever is cut off or was paused itself knows nothing of others.
    const reading = fence.open ? rows : undefined
    const peers = reading?.filter(row => row.workerId !== workerId)
    const { state, dead } = observe(this.#state, peers, clock.monotonic(), leaseMs)
    this.#state = state
    const declared = await Promise.all(dead.map(row => this.#declareDead(row)))
    if (reading === undefined || this.#over.signal.aborted) return
    const found = dead.filter((_, index) => declared[index])
    const isDead = (row: WorkerRow) => row.phase === 'dead' || found.includes(row)
    onFleet({
      ready: reading.filter(row => row.phase === 'ready' && !isDead(row) && row.sessions < row.maxSessions),
      dead: reading.filter(row => row.workerId !== workerId && isDead(row)),
    })
  }

  async #read(): Promise<readonly WorkerRow[] | undefined> {
    const { workers, fence, log } = this.#options
    if (!fence.open) return undefined
    try {
      return await workers.list()
    } catch (error) {
      log.warn({ err: error }, 'the rows of the workers cannot be read')
      return undefined
    }
  }

  /** False when it was renewed just now, or that cannot be known. */
  async #declareDead(row: WorkerRow): Promise<boolean> {
    const { workers, clock, log } = this.#options
    try {
      const dead = await workers.declareDead(row, unixSeconds(clock.now() + ROW_LIFE_MS))
      if (dead) log.warn({ dead: row.workerId, sessions: row.sessions }, 'a worker is dead')
      return dead
    } catch (error) {
      log.warn({ err: error, dead: row.workerId }, 'a worker could not be declared dead')
      return false
    }
  }
}
