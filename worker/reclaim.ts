import { Gate } from '../shared/gate.ts'
import type { Sessions } from '../shared/stores/sessions.ts'
import type { Logger } from './log.ts'
import type { Tenures } from './sessions-api.ts'

export interface ReclaimOptions {
  readonly workerId: string
  readonly sessions: Pick<Sessions, 'claim'>
  readonly tenures: Pick<Tenures, 'ids' | 'tenure' | 'renewed' | 'lose'>
  readonly log: Logger
}

/** Claims under way at once: 2,000 sessions are through within a second, and the table is left some breath. */
const CONCURRENT_CLAIMS = 32

/**
 * Begins a new tenure of every session that is held, after a time in which peers may have taken them. What a peer has
 * taken is let go in silence.
 * @throws what the store throws, at the first claim that fails; those that went well stay claimed.
 */
export async function reclaimAll({ workerId, sessions, tenures, log }: ReclaimOptions): Promise<void> {
  const gate = new Gate(CONCURRENT_CLAIMS)
  const ids = tenures.ids()
  const stop = new AbortController()
  let lost = 0

  async function reclaim(sessionId: string): Promise<void> {
    const tenure = tenures.tenure(sessionId)
    if (tenure === undefined || stop.signal.aborted) return
    const row = await sessions.claim(tenure, workerId)
    if (row !== undefined) return tenures.renewed(sessionId, row.epoch)
    lost += 1
    tenures.lose(sessionId)
  }

  const claims = ids.map(id => gate.run(() => reclaim(id)).catch((error: unknown) => stop.abort(error)))
  await Promise.all(claims)
  stop.signal.throwIfAborted()
  log.info({ held: ids.length - lost, lost }, 'the sessions are claimed anew')
}
