import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { tellSocketGone } from './gone.ts'
import { errorFacts } from './log.ts'

/** A socket has a session now. */
export interface Gained {
  readonly sessionId: string
  readonly workerId: string
  /** The session that it had until then. */
  readonly replaced?: string | undefined
}

/**
 * Ends the session that lost the socket to the new one, at once: until its worker knows, it still pushes to the socket.
 * Never fails, like all that comes after a login.
 */
export async function replace(deps: Deps, caller: Caller, gained: Gained): Promise<void> {
  deps.routes.learn(caller.connectionId, gained.sessionId, gained.workerId)
  if (gained.replaced === undefined) return
  try {
    await tellSocketGone(deps, caller, { sessionId: gained.replaced, taken: true })
  } catch (error) {
    deps.log.error('join.unreplaced', errorFacts(error))
  }
}
