import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { errorFacts } from './log.ts'

/**
 * Tells the owner of a session that a socket left it. Late, repeated or lost calls are harmless: the worker looks for
 * itself.
 */
export async function tellSocketGone(
  { sessions, placement, handoff, log }: Pick<Deps, 'sessions' | 'placement' | 'handoff' | 'log'>,
  { connectionId, traceId }: Caller,
  sessionId: string,
): Promise<void> {
  const session = await sessions.get(sessionId)
  const owner = session && (await placement.get(session.owner))
  if (!owner) return
  const outcome = await handoff.socketGone(owner, sessionId, connectionId, traceId)
  if ('cause' in outcome)
    log.warn('socket-gone.untold', { ...errorFacts(outcome.cause), workerId: owner.workerId })
}
