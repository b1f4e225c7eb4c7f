import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { errorFacts } from './log.ts'

type Needs = Pick<Deps, 'sessions' | 'placement' | 'handoff' | 'log'>

export interface Bereft {
  readonly sessionId: string
  /** Who is likely to hold it. */
  readonly owner?: string | undefined
  /** Another session has its socket now. */
  readonly taken: boolean
}

/**
 * Tells the owner of a session that a socket left it. Late, repeated or lost calls are harmless: the worker looks for
 * itself.
 */
export async function tellSocketGone(deps: Needs, caller: Caller, bereft: Bereft): Promise<void> {
  const { sessionId, owner: likely } = bereft
  if (likely !== undefined && (await tell(deps, caller, bereft, likely))) return
  const session = await deps.sessions.get(sessionId)
  if (session !== undefined && session.owner !== likely) await tell(deps, caller, bereft, session.owner)
}

/** False when it is not known that this worker holds the session. */
async function tell(
  { placement, handoff, log }: Needs,
  { connectionId, traceId }: Caller,
  { sessionId, taken }: Bereft,
  workerId: string,
): Promise<boolean> {
  const worker = await placement.get(workerId)
  if (!worker) return false
  const outcome = await handoff.socketGone(worker, sessionId, { connectionId, taken }, traceId)
  if ('cause' in outcome) log.warn('socket-gone.untold', { ...errorFacts(outcome.cause), workerId })
  return outcome.kind === 'gone'
}
