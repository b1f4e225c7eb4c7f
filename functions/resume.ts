import type { AttachOutcome, Later, NoAnswer, NotOwner } from '../shared/handoff/outcomes.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import { forbiddenCodes } from '../shared/wire/codes.ts'
import type { JoinWithToken } from '../shared/wire/frames/session.ts'
import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import type { JoinOutcome } from './join.ts'
import { reach, type Reached } from './reach.ts'
import { replace } from './replace.ts'

/** What the worker that holds a session says. */
type Attached = Exclude<AttachOutcome, NotOwner | Later | NoAnswer>

/**
 * Goes on with a session by its token, which only its worker can check. No password is looked at and no attempt counted:
 * nobody guesses 32 random bytes.
 */
export async function resume(deps: Deps, caller: Caller, join: JoinWithToken): Promise<JoinOutcome> {
  const { connectionId, traceId } = caller
  const sessionId = sessionOf(join.token)
  const reached = await find(deps, sessionId, owner =>
    reach(deps, { sessionId, owner }, worker =>
      deps.handoff.attach(worker, sessionId, { connectionId, join }, traceId),
    ),
  )
  if (!reached) return tokenExpired()
  deps.log.info('join.token', {
    sessionId,
    outcome: reached.kind === 'settled' ? reached.outcome.kind : reached.kind,
  })
  // A JOIN that nobody answered may be sent again: it attaches the same socket once more.
  if (reached.kind !== 'settled') {
    deps.routes.forget(sessionId)
    return { kind: 'try-again' }
  }
  const { outcome, workerId } = reached
  if (outcome.kind !== 'attached') return tokenExpired()
  await replace(deps, caller, { sessionId, workerId, replaced: outcome.replaced })
  return { kind: 'joined' }
}

/**
 * Asks whom this process remembers, which spares the read of the row; undefined when there is no such session. Only the owner by
 * the row may refuse: one that has lost the session unawares may not know the client's newer token.
 */
async function find(
  { routes, sessions, placement }: Deps,
  sessionId: string,
  attach: (owner: WorkerRow | undefined) => Promise<Reached<Attached>>,
): Promise<Reached<Attached> | undefined> {
  const remembered = await routes.rememberedOwner(sessionId)
  const reached = remembered && (await attach(remembered))
  if (reached?.kind === 'settled' && reached.outcome.kind === 'attached') return reached
  const row = await sessions.get(sessionId)
  if (reached && reached.kind !== 'settled' && row?.owner === remembered?.workerId) return reached
  return row && attach(await placement.get(row.owner))
}

/** A token is the id of its session, a dot and the secret. */
function sessionOf(token: string): string {
  return token.slice(0, token.indexOf('.'))
}

function tokenExpired(): JoinOutcome {
  return { kind: 'forbidden', code: 'token-expired', message: forbiddenCodes['token-expired'].means }
}
