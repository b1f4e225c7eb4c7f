import type { WorkerRow } from '../shared/stores/workers.ts'

/** To whom a draining worker gives its sessions: of those that started later than itself the one with the most room. */
export class Peers {
  readonly #startedAt: number
  /** Gave no answer; they are not asked again. */
  readonly #struck = new Set<string>()
  #candidates: { readonly row: WorkerRow; room: number }[] = []

  /** `startedAt`: of the worker that drains. An older one is likely to be drained next, and the session would move again. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  /** As of now there are these. */
  update(rows: readonly WorkerRow[]): void {
    const usable = rows.filter(row => !this.#struck.has(row.workerId))
    const later = usable.filter(row => row.startedAt > this.#startedAt)
    this.#candidates = (later.length > 0 ? later : usable).map(row => ({
      row,
      room: row.maxSessions - row.sessions,
    }))
  }

  /** Nobody is there, so waiting helps nobody. */
  get none(): boolean {
    return this.#candidates.length === 0
  }

  /** Whom to ask next, for one session; undefined when nobody has room. */
  next(): WorkerRow | undefined {
    const [best] = this.#candidates.filter(each => each.room > 0).toSorted((a, b) => b.room - a.room)
    if (best === undefined) return undefined
    best.room -= 1
    return best.row
  }

  /** It has no room, until the next update says otherwise. */
  full({ workerId }: WorkerRow): void {
    for (const each of this.#candidates) if (each.row.workerId === workerId) each.room = 0
  }

  /** It is gone or hangs. */
  strike({ workerId }: WorkerRow): void {
    this.#struck.add(workerId)
    this.#candidates = this.#candidates.filter(each => each.row.workerId !== workerId)
  }
}
