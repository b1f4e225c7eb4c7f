import type { FramesRequest } from '../shared/handoff/schemas.ts'
import type { UpBatch } from '../shared/wire/batch.ts'
import type { ErrorFrame } from '../shared/wire/frames/session.ts'
import type { SessionFrame } from '../shared/wire/up.ts'
import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { errorFacts } from './log.ts'
import { reach } from './reach.ts'
import type { Holding } from './routes.ts'

/** What a client in a session sends: a simple one a frame, a sequenced one a batch, or what is to be said of nonsense. */
export type Sent =
  | { readonly frame: SessionFrame }
  | { readonly batch: UpBatch }
  | { readonly refusal: ErrorFrame }

export type Forwarded =
  | { kind: 'taken' }
  | { kind: 'not-joined' }
  /** The worker that holds the session cannot take it now; nothing was handled. `dead` cannot be reached. */
  | { kind: 'try-again'; dead: string | undefined }
  /** It was sent and no answer came. */
  | { kind: 'unsure' }

type Needs = Pick<Deps, 'routes' | 'placement' | 'handoff' | 'log'>

/** Gives what a client sent to the worker that holds the session of its socket, wherever that is by now. */
export async function forward(deps: Needs, caller: Caller, sent: Sent): Promise<Forwarded> {
  const { held, remembered } = await deps.routes.find(caller.connectionId, false)
  const forwarded = await sendTo(deps, caller, sent, held)
  if (!remembered || (forwarded.kind !== 'not-joined' && forwarded.kind !== 'try-again')) return forwarded
  const fresh = await freshly(deps, caller, forwarded)
  // Of the session that was meant nobody can take it now; but another process may have given the socket to the next.
  const isSame = fresh?.held?.sessionId === held?.sessionId
  return !fresh || (forwarded.kind === 'try-again' && isSame)
    ? forwarded
    : sendTo(deps, caller, sent, fresh.held)
}

/** undefined when the stores cannot say, where there is an answer without them. */
async function freshly({ routes, log }: Needs, { connectionId }: Caller, forwarded: Forwarded) {
  try {
    return await routes.find(connectionId, true)
  } catch (error) {
    if (forwarded.kind !== 'try-again') throw error
    log.warn('frames.unrouted', errorFacts(error))
    return undefined
  }
}

async function sendTo(
  deps: Needs,
  { connectionId, traceId }: Caller,
  sent: Sent,
  held: Holding | undefined,
): Promise<Forwarded> {
  if (!held) return { kind: 'not-joined' }
  const { sessionId, owner } = held
  const request: FramesRequest = { connectionId, ...sent }
  const reached = await reach(deps, held, worker => deps.handoff.frames(worker, sessionId, request, traceId))
  deps.log.debug('frames', { sessionId, outcome: reached.kind })
  switch (reached.kind) {
    case 'settled':
      if (reached.outcome.kind === 'not-here') return { kind: 'not-joined' }
      if (reached.workerId !== owner?.workerId) deps.routes.learn(connectionId, sessionId, reached.workerId)
      return { kind: 'taken' }
    case 'unanswered':
      deps.routes.forget(sessionId)
      return { kind: 'unsure' }
    case 'nobody':
      return { kind: 'try-again', dead: reached.dead }
  }
}
