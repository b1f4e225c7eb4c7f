import type { Entry, EntryOf } from '../history/entry.ts'
import type { Violation } from './violation.ts'

/** What one client has been sent within one session. */
interface Seen {
  readonly session: string
  highest: number
  /** Messages that came in by a batch of the epoch that was the highest then. */
  readonly current: Set<string>
  /** Those that have come in by none but batches of an owner who had been replaced already. */
  readonly stale: Map<string, number>
}

/**
 * Shown, though it had only come from an owner of the session who had been replaced by then: the client must drop what
 * comes with a lower epoch than one it has seen. A new session begins anew.
 */
export function findStale(history: readonly Entry[]): Violation[] {
  const clients = new Map<string, Seen>()
  return history.flatMap(line => {
    if (line.kind === 'joined') clients.set(line.client, joined(clients.get(line.client), line))
    const seen = clients.get(line.client)
    if (seen === undefined) return []
    if (line.kind === 'batch') note(seen, line)
    return line.kind === 'display' ? judge(seen, line) : []
  })
}

function joined(before: Seen | undefined, { session, epoch }: EntryOf<'joined'>): Seen {
  if (before?.session !== session) return { session, highest: epoch, current: new Set(), stale: new Map() }
  before.highest = Math.max(before.highest, epoch)
  return before
}

function note(seen: Seen, { epoch, keys }: EntryOf<'batch'>): void {
  const isStale = epoch < seen.highest
  seen.highest = Math.max(seen.highest, epoch)
  for (const key of keys) {
    if (!isStale) {
      seen.current.add(key)
      seen.stale.delete(key)
    } else if (!seen.current.has(key)) seen.stale.set(key, epoch)
  }
}

function judge(seen: Seen, { client, key, at }: EntryOf<'display'>): Violation[] {
  const epoch = seen.stale.get(key)
  if (epoch === undefined) return []
  const what = `${client} took ${key} from epoch ${epoch} after epoch ${seen.highest} had spoken`
  return [{ rule: 'stale', client, key, at, what }]
}
