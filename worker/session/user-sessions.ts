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

/** The sequenced sessions that are too many: those without a socket, longest first, and none that has one. */
export function surplus(rows: readonly SessionRow[], limit: number): readonly SessionRow[] {
  const sequenced = rows.filter(({ mode }) => mode === 'sequenced')
  const detached = sequenced.filter(row => detachedAt(row) > 0)
  const tooMany = Math.max(0, sequenced.length - limit)
  return detached.toSorted((a, b) => detachedAt(a) - detachedAt(b)).slice(0, tooMany)
}

/** Milliseconds since 1970; 0 when it has a socket. */
function detachedAt({ sockets, detachedAt: since }: SessionRow): number {
  return sockets.length === 0 ? (since ?? 0) : 0
}
