import type { SocketGoneOutcome } from '../shared/handoff/outcomes.ts'
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

/** `dead`: there is no such worker, or a peer has declared it dead. */
type Told = SocketGoneOutcome['kind'] | 'dead'

/**
 * Tells the owner of a session that a socket left it. Late, repeated or lost calls are harmless: the worker looks for
 * itself. False when the owner may not have heard it, and may push to the socket as before.
 * @throws what the stores throw.
 */
export async function tellSocketGone(deps: Needs, caller: Caller, bereft: Bereft): Promise<boolean> {
  const { sessionId, owner: likely } = bereft
  if (likely !== undefined && (await tell(deps, caller, bereft, likely)) === 'gone') return true
  const session = await deps.sessions.get(sessionId)
  if (session === undefined) return true
  if (session.owner === likely) return false
  const told = await tell(deps, caller, bereft, session.owner)
  // Dead, fenced or without the session: whoever goes on with it reads the row of the socket, and does so after this.
  return told !== 'unreachable' && told !== 'unanswered'
}

async function tell(
  { placement, handoff, log }: Needs,
  { connectionId, traceId }: Caller,
  { sessionId, taken }: Bereft,
  workerId: string,
): Promise<Told> {
  const worker = await placement.living(workerId)
  if (!worker) return 'dead'
  const outcome = await handoff.socketGone(worker, sessionId, { connectionId, taken }, traceId)
  if ('cause' in outcome) log.warn('socket-gone.untold', { ...errorFacts(outcome.cause), workerId })
  return outcome.kind
}
