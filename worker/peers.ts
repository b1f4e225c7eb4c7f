import type { WorkerRow } from '../shared/stores/workers.ts'

/** A worker that may be given sessions, and how many. */
export interface Candidate {
  readonly row: WorkerRow
  readonly room: number
}

/**
 * To whom a worker that drains may give its sessions: to those that started later than itself, while there are any. An older
 * one is likely to be drained next, and the session would move again.
 */
export function successors(rows: readonly WorkerRow[], startedAt: number): readonly Candidate[] {
  const later = rows.filter(row => row.startedAt > startedAt)
  return (later.length > 0 ? later : rows).map(row => ({ row, room: row.maxSessions - row.sessions }))
}

/** To whom a session is given: to the one with the most room. */
export class Peers {
  /** Ids of those that gave no answer; they are not asked again. */
  readonly struck = new Set<string>()
  #candidates: readonly { readonly row: WorkerRow; room: number }[] = []

  constructor(candidates: readonly Candidate[] = []) {
    this.update(candidates)
  }

  /** As of now there are these. */
  update(candidates: readonly Candidate[]): void {
    this.#candidates = candidates.map(each => ({ ...each }))
  }

  /** Nobody is there, so waiting helps nobody. */
  get none(): boolean {
    return this.#candidates.length === 0
  }

  /** For how many sessions there is room. */
  get room(): number {
    return this.#candidates.reduce((sum, { room }) => sum + Math.max(0, room), 0)
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
    this.struck.add(workerId)
    this.#candidates = this.#candidates.filter(each => each.row.workerId !== workerId)
  }
}
