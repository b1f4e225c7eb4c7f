import { sleep } from '../shared/clock.ts'
import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { tellSocketGone, type Bereft } from './gone.ts'
import { errorFacts } from './log.ts'

/** A socket has a session now. */
export interface Gained {
  readonly sessionId: string
  readonly workerId: string
  /** The session that it had until then. */
  readonly replaced?: string | undefined
}

/**
 * No round begins later. A worker that stood still for a lease, 4 s, finds its fence closed and reads whose its sockets are before it
 * pushes to them (worker/session/sockets.ts); a second is to spare. The last round may take 3 s more with a worker that does not
 * answer, and 4.5 s for each read of a table that does not: cut short, it would be worth nothing. Only after the slowest logins does
 * that come near the 29 s of a function, and one that is ended here has done all else.
 */
const BEGIN_WITHIN_MS = 5000
/** For so long may a worker push that wakes between two calls; one that is under way when it wakes is heard at once. */
const AGAIN_MS = 250

/**
 * Tells the session that lost the socket to the new one, at once: until its worker knows, it still pushes to the socket. So it is
 * told until it has heard; after 5 s no more is begun. Never fails, like all that comes after a login.
 */
export async function replace(deps: Deps, caller: Caller, gained: Gained): Promise<void> {
  const { clock, log, routes } = deps
  const { sessionId, workerId, replaced } = gained
  routes.learn(caller.connectionId, sessionId, workerId)
  if (replaced === undefined) return
  const beginUntilMs = clock.monotonic() + BEGIN_WITHIN_MS
  while (!(await isTold(deps, caller, { sessionId: replaced, taken: true }))) {
    if (clock.monotonic() >= beginUntilMs) return log.error('join.unreplaced', { sessionId: replaced })
    await sleep(clock, AGAIN_MS)
  }
}

async function isTold(deps: Deps, caller: Caller, bereft: Bereft): Promise<boolean> {
  try {
    return await tellSocketGone(deps, caller, bereft)
  } catch (error) {
    deps.log.warn('socket-gone.unread', errorFacts(error))
    return false
  }
}
