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

/** One that is asked to go for a newer one; `attached`: even with its socket. */
export interface Asked {
  readonly row: SessionRow
  readonly attached: boolean
}

/**
 * Which of a user's sessions is to be asked next to go, so that with the newcomer, whose row may be missing, there are not more
 * than `limit`; undefined when there are not, or all have been asked in vain. A row may still name a socket that is gone
 * (session/sockets.ts), or not yet name a new one: before one goes with its socket all are asked to go without.
 */
export function nextToGo(
  rows: readonly SessionRow[],
  limit: number,
  newcomer: Newcomer,
  refusals: readonly Asked[],
): Asked | undefined {
  // Whose socket the newcomer has now is about to lose it: it counts as gone, whatever it has answered.
  const losing = refusals.filter(({ row }) => isLosing(row, newcomer))
  const left = inOrder(rows, newcomer).filter(row => !isAmong(losing, row))
  if (left.length < limit) return undefined
  const unasked = left.find(row => !isAmong(refusals, row))
  if (unasked !== undefined) return { row: unasked, attached: false }
  const forced = refusals.filter(({ attached }) => attached)
  const first = left.find(row => !isAmong(forced, row))
  return first && { row: first, attached: true }
}

/** Whether the row had told that this one would not go: it has a socket. */
export function isForetold({ row, attached }: Asked): boolean {
  return !attached && row.sockets.length > 0
}

/** All but the newcomer: those without a socket, longest first, then those with one, oldest first. One that loses its socket has none. */
function inOrder(rows: readonly SessionRow[], newcomer: Newcomer): readonly SessionRow[] {
  const others = rows.filter(row => row.sessionId !== newcomer.sessionId)
  const ranked = others.map(row => {
    const attached = row.sockets.length > 0 && !isLosing(row, newcomer)
    return { row, attached, sinceMs: attached ? (row.openedAt ?? 0) : detachedAt(row) }
  })
  ranked.sort((a, b) => Number(a.attached) - Number(b.attached) || a.sinceMs - b.sinceMs)
  return ranked.map(({ row }) => row)
}

function isLosing({ sockets }: SessionRow, { connectionId }: Newcomer): boolean {
  return sockets.some(socket => socket.connectionId === connectionId)
}

function isAmong(asked: readonly Asked[], { sessionId }: SessionRow): boolean {
  return asked.some(({ row }) => row.sessionId === sessionId)
}

/** Milliseconds since 1970; 0 when it has a socket. */
function detachedAt({ sockets, detachedAt: since }: SessionRow): number {
  return sockets.length === 0 ? (since ?? 0) : 0
}
