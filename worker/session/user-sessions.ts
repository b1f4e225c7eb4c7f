import type { SessionRow } from '../../shared/stores/sessions.ts'
import type { SessionDeps } from './deps.ts'

/** The owner, another worker, of the simple session that has lost its socket last and is still kept. */
export function vacantElsewhere(
  rows: readonly SessionRow[],
  { clock, simpleKeepMs, workerId }: Pick<SessionDeps, 'clock' | 'simpleKeepMs' | 'workerId'>,
): string | undefined {
  const sinceMs = clock.now() - simpleKeepMs
  const kept = rows.filter(
    row => row.mode === 'simple' && row.owner !== workerId && detachedAt(row) > sinceMs,
  )
  return kept.toSorted((a, b) => detachedAt(b) - detachedAt(a)).at(0)?.owner
}

/** A session that has just begun. */
export interface Newcomer {
  readonly sessionId: string
  readonly connectionId: string
}

/** One that has to go for a newer one; `attached`: although it has a socket. */
export interface Surplus {
  readonly row: SessionRow
  readonly attached: boolean
  /** Its socket is the newcomer's now. */
  readonly losing: boolean
}

/**
 * The sessions of a user that are too many with the newcomer, whose row may be missing: those without a socket, longest first,
 * then those with one, oldest first. The session that its socket had before is losing it: it goes first, and not with its socket.
 */
export function surplus(
  rows: readonly SessionRow[],
  limit: number,
  { sessionId, connectionId }: Newcomer,
): readonly Surplus[] {
  const others = rows.filter(row => row.sessionId !== sessionId)
  const ranked = others.map(row => {
    const losing = row.sockets.some(socket => socket.connectionId === connectionId)
    const attached = row.sockets.length > 0 && !losing
    const sinceMs = attached ? (row.openedAt ?? 0) : detachedAt(row)
    return { row, attached, losing, sinceMs }
  })
  ranked.sort((a, b) => Number(a.attached) - Number(b.attached) || a.sinceMs - b.sinceMs)
  return ranked.slice(0, Math.max(0, others.length + 1 - limit))
}

/** Milliseconds since 1970; 0 when it has a socket. */
function detachedAt({ sockets, detachedAt: since }: SessionRow): number {
  return sockets.length === 0 ? (since ?? 0) : 0
}
