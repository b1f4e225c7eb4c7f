import type { WorkerRow } from '../shared/stores/workers.ts'
import type { SessionFrame } from '../shared/wire/up.ts'
import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { errorFacts } from './log.ts'
import type { Route } from './routes.ts'

export type Forwarded =
  | { kind: 'taken' }
  | { kind: 'not-joined' }
  /** It holds the session and does not answer; the frame was not sent. */
  | { kind: 'owner-unreachable'; workerId: string }
  /** The frame was sent and no answer came. */
  | { kind: 'unsure' }

type Needs = Pick<Deps, 'routes' | 'placement' | 'handoff' | 'log'>

/** Gives a frame to the worker that holds the session of its socket, wherever that is by now. */
export async function forward(deps: Needs, caller: Caller, frame: SessionFrame): Promise<Forwarded> {
  const route = await deps.routes.find(caller.connectionId, false)
  const outcome = await send(deps, caller, frame, route.held)
  if (!route.remembered || outcome.kind === 'taken' || outcome.kind === 'unsure') return outcome
  const { held } = await deps.routes.find(caller.connectionId, true)
  // The same dead worker would only cost the same wait again.
  if (outcome.kind === 'owner-unreachable' && outcome.workerId === held?.owner.workerId) return outcome
  return send(deps, caller, frame, held)
}

async function send(
  deps: Needs,
  caller: Caller,
  frame: SessionFrame,
  held: Route['held'],
): Promise<Forwarded> {
  if (!held) return { kind: 'not-joined' }
  const outcome = await sendTo(deps, caller, frame, held.sessionId, held.owner)
  if (outcome.kind !== 'not-owner') return outcome
  const named = await deps.placement.get(outcome.owner)
  const followed = named && (await sendTo(deps, caller, frame, held.sessionId, named))
  if (!followed || followed.kind === 'not-owner') return { kind: 'not-joined' }
  if (followed.kind === 'taken') deps.routes.learn(caller.connectionId, held.sessionId, outcome.owner)
  return followed
}

async function sendTo(
  deps: Needs,
  { connectionId, traceId }: Caller,
  frame: SessionFrame,
  sessionId: string,
  worker: WorkerRow,
): Promise<Forwarded | { kind: 'not-owner'; owner: string }> {
  const { workerId } = worker
  const outcome = await deps.handoff.frames(worker, sessionId, { connectionId, frame }, traceId)
  switch (outcome.kind) {
    case 'taken':
    case 'not-owner':
      return outcome
    case 'not-here':
      return { kind: 'not-joined' }
    case 'unreachable':
      deps.placement.avoid(workerId)
      deps.log.warn('frame.owner-unreachable', { ...errorFacts(outcome.cause), workerId })
      return { kind: 'owner-unreachable', workerId }
    case 'unanswered':
      deps.log.warn('frame.unanswered', { ...errorFacts(outcome.cause), workerId })
      return { kind: 'unsure' }
  }
}
