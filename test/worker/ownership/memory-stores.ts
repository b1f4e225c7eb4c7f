import type { Clock } from '../../../shared/clock.ts'
import type { SessionRow, Sessions, Tenure } from '../../../shared/stores/sessions.ts'
import { unixSeconds } from '../../../shared/stores/table.ts'
import type { WorkerRow, Workers } from '../../../shared/stores/workers.ts'

/** The table cannot be reached. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** One worker's way to the tables. */
export interface Way {
  /** Waits as long as the way is, and throws Unreachable when it is cut: before the call took effect, or after it. */
  before(): Promise<void>
  after(): Promise<void>
}

export const OPEN_WAY: Way = { before: async () => undefined, after: async () => undefined }

/** The tables of sessions and workers in memory, as their ports describe them, seen by each worker over its own way. */
export class MemoryTables {
  readonly sessions = new Map<string, SessionRow>()
  readonly workers = new Map<string, WorkerRow>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  sessionsOver(way: Way): Sessions {
    const held = (tenure: Tenure) => {
      const row = this.sessions.get(tenure.sessionId)
      return row?.owner === tenure.owner && row.epoch === tenure.epoch ? row : undefined
    }
    return {
      get: id => over(way, () => this.#live(this.sessions.get(id))),
      getMany: ids =>
        over(way, () => ({
          rows: ids.flatMap(id => this.#live(this.sessions.get(id)) ?? []),
          unread: [],
        })),
      create: row =>
        over(way, () => {
          if (this.sessions.has(row.sessionId)) return false
          this.sessions.set(row.sessionId, row)
          return true
        }),
      update: (tenure, change) =>
        over(way, () => {
          const row = held(tenure)
          if (row === undefined) return false
          this.sessions.set(row.sessionId, Object.assign({ ...row }, change))
          return true
        }),
      claim: (tenure, owner) =>
        over(way, () => {
          const row = held(tenure)
          if (row === undefined) return undefined
          const claimed = { ...row, owner, epoch: row.epoch + 1 }
          this.sessions.set(row.sessionId, claimed)
          return claimed
        }),
      remove: tenure =>
        over(way, () => {
          const row = held(tenure)
          return row !== undefined && this.sessions.delete(row.sessionId)
        }),
      ownedBy: owner => over(way, () => this.#idsWhere(row => row.owner === owner)),
      ofUser: username => over(way, () => this.#idsWhere(row => row.username === username)),
    }
  }

  workersOver(way: Way): Workers {
    return {
      put: row =>
        over(way, () => {
          if (this.workers.get(row.workerId)?.phase === 'dead') return false
          this.workers.set(row.workerId, row)
          return true
        }),
      revive: row => over(way, () => void this.workers.set(row.workerId, row)),
      declareDead: ({ workerId, counter }, expiresAt) =>
        over(way, () => {
          const row = this.workers.get(workerId)
          if (row?.counter !== counter) return false
          this.workers.set(workerId, { ...row, phase: 'dead', expiresAt })
          return true
        }),
      get: id => over(way, () => this.#live(this.workers.get(id))),
      list: () => over(way, () => [...this.workers.values()].filter(row => this.#live(row))),
      remove: id => over(way, () => void this.workers.delete(id)),
    }
  }

  #idsWhere(accepts: (row: SessionRow) => boolean): readonly string[] {
    return [...this.sessions.values()].filter(accepts).map(row => row.sessionId)
  }

  #live<T extends { readonly expiresAt: number }>(row: T | undefined): T | undefined {
    return row !== undefined && row.expiresAt > unixSeconds(this.#clock.now()) ? row : undefined
  }
}

async function over<T>(way: Way, call: () => T): Promise<T> {
  await way.before()
  const result = call()
  await way.after()
  return result
}
