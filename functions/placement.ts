import type { Clock } from '../shared/clock.ts'
import type { WorkerRow, Workers } from '../shared/stores/workers.ts'
import { Cache } from './cache.ts'

/** A worker writes its row anew every second; what an older list does not tell, the calls it misleads find out. */
const ROWS_TTL_MS = 2000
const MAX_ROWS = 1000
/** The row of a worker that died stays until a peer has seen that; this much of it need not be found out again by each call. */
const AVOID_MS = 10_000
const ALL = 'all'

export interface PlacementOptions {
  readonly workers: Workers
  readonly clock: Clock
  /** From 0 up to but not including 1. */
  readonly random: () => number
}

/**
 * Of two random ready workers the one with fewer sessions for its room (the power of two choices: nearly as even as
 * the emptiest of all, and callers with the same old list do not all run to one). Full ones only when all are.
 */
export function chooseWorker(rows: readonly WorkerRow[], random: () => number): WorkerRow | undefined {
  const ready = rows.filter(row => row.phase === 'ready')
  const withRoom = ready.filter(row => row.sessions < row.maxSessions)
  const candidates = withRoom.length > 0 ? withRoom : ready
  const one = pick(candidates, random)
  const other = pick(
    candidates.filter(row => row !== one),
    random,
  )
  return one && other && load(other) < load(one) ? other : one
}

function load({ sessions, maxSessions }: WorkerRow): number {
  return sessions / maxSessions
}

function pick<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)]
}

/** The workers that live, as their rows tell, read anew every 2 s. */
export class Placement {
  #options: PlacementOptions
  #lists: Cache<readonly WorkerRow[]>
  #rows: Cache<WorkerRow>
  #avoided: Cache<true>

  constructor(options: PlacementOptions) {
    const { clock } = options
    this.#options = options
    this.#lists = new Cache({ clock, ttlMs: ROWS_TTL_MS, maxEntries: 1 })
    this.#rows = new Cache({ clock, ttlMs: ROWS_TTL_MS, maxEntries: MAX_ROWS })
    this.#avoided = new Cache({ clock, ttlMs: AVOID_MS, maxEntries: MAX_ROWS })
  }

  /** Where a new session goes; undefined when no worker takes any. */
  forSession(except: ReadonlySet<string> = new Set()): Promise<WorkerRow | undefined> {
    return this.#choose(except, rows => chooseWorker(rows, this.#options.random))
  }

  /** Any worker that can push a frame or find a session, a draining one when there is no other; undefined when none lives. */
  anyLive(except: ReadonlySet<string> = new Set()): Promise<WorkerRow | undefined> {
    const { random } = this.#options
    const of = (phase: WorkerRow['phase'], rows: readonly WorkerRow[]) =>
      pick(
        rows.filter(row => row.phase === phase),
        random,
      )
    return this.#choose(except, rows => of('ready', rows) ?? of('draining', rows))
  }

  /** For a while it is chosen only when there is no other. */
  avoid(workerId: string): void {
    this.#avoided.set(workerId, true)
  }

  /** One worker; undefined when its row is gone or a peer has declared it dead. `fresh` looks past what is remembered. */
  async get(workerId: string, fresh = false): Promise<WorkerRow | undefined> {
    const known = fresh ? undefined : this.#rows.get(workerId)
    const row = known ?? (await this.#options.workers.get(workerId))
    if (row && !known) this.#rows.set(workerId, row)
    return row?.phase === 'dead' ? undefined : row
  }

  /** The same, but who is remembered as dead may have come back: that is read anew, and nothing else that is remembered. */
  living(workerId: string): Promise<WorkerRow | undefined> {
    return this.get(workerId, this.#rows.get(workerId)?.phase === 'dead')
  }

  async #choose(
    except: ReadonlySet<string>,
    choose: (rows: readonly WorkerRow[]) => WorkerRow | undefined,
  ): Promise<WorkerRow | undefined> {
    const allowed = (rows: readonly WorkerRow[]) => rows.filter(row => !except.has(row.workerId))
    const preferred = (rows: readonly WorkerRow[]) =>
      allowed(rows).filter(row => this.#avoided.get(row.workerId) === undefined)
    const known = choose(preferred(this.#lists.get(ALL) ?? []))
    if (known) return known
    // One that has just started may not be in the list that is remembered.
    const rows = await this.#read()
    return choose(preferred(rows)) ?? choose(allowed(rows))
  }

  async #read(): Promise<readonly WorkerRow[]> {
    const rows = await this.#options.workers.list()
    this.#lists.set(ALL, rows)
    return rows
  }
}
