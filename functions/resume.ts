import { forbiddenCodes } from '../shared/wire/codes.ts'
import type { JoinWithToken } from '../shared/wire/frames/session.ts'
import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import type { JoinOutcome } from './join.ts'
import { reach } from './reach.ts'
import { replace } from './replace.ts'

/**
 * Goes on with a session by its token, which only its worker can check. No password is looked at and no attempt counted:
 * nobody guesses 32 random bytes.
 */
export async function resume(deps: Deps, caller: Caller, join: JoinWithToken): Promise<JoinOutcome> {
  const { connectionId, traceId } = caller
  const sessionId = sessionOf(join.token)
  const row = await deps.sessions.get(sessionId)
  if (!row) return tokenExpired()
  const held = { sessionId, owner: await deps.placement.get(row.owner) }
  const reached = await reach(deps, held, worker =>
    deps.handoff.attach(worker, sessionId, { connectionId, join }, traceId),
  )
  deps.log.info('join.token', {
    sessionId,
    outcome: reached.kind === 'settled' ? reached.outcome.kind : reached.kind,
  })
  // A JOIN that nobody answered may be sent again: it attaches the same socket once more.
  if (reached.kind !== 'settled') return { kind: 'try-again' }
  const { outcome, workerId } = reached
  if (outcome.kind !== 'attached') return tokenExpired()
  await replace(deps, caller, { sessionId, workerId, replaced: outcome.replaced })
  return { kind: 'joined' }
}

/** A token is the id of its session, a dot and the secret. */
function sessionOf(token: string): string {
  return token.slice(0, token.indexOf('.'))
}

function tokenExpired(): JoinOutcome {
  return { kind: 'forbidden', code: 'token-expired', message: forbiddenCodes['token-expired'].means }
}
