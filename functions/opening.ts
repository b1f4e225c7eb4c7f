import type { OpenOutcome } from '../shared/handoff/outcomes.ts'
import { OPEN_TIMEOUT_MS } from '../shared/handoff/client.ts'
import type { OpenRequest } from '../shared/handoff/schemas.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import type { Deps } from './deps.ts'
import { errorFacts } from './log.ts'

/** With less time than this left, another login would not end before the gateway gives up. */
const MIN_NEXT_TRY_MS = 5000
/** A worker that says no has cost a login's time. */
const MAX_BUSY = 2
/** A session that changes hands twice within a JOIN is none to go on with. */
const MAX_FOLLOWED = 2
/** Dead ones cost 300 ms each, until a peer has seen that they are. */
const MAX_CALLS = 6

export type Opened =
  | (Extract<OpenOutcome, { kind: 'joined' }> & { workerId: string })
  | Extract<OpenOutcome, { kind: 'refused' | 'unanswered' }>
  /** No worker could take it, and nothing was done. */
  | { kind: 'nowhere' }

type Needs = Pick<Deps, 'placement' | 'handoff' | 'log' | 'clock'>

/**
 * Opens a session on the best worker, and goes on to others past those that cannot be reached; of those that can, one
 * more is asked when the first is busy. A worker may name another, which holds a session to go on with; when that fails a
 * new one is opened. `untilMs` is a monotonic time.
 */
export async function openSomewhere(
  deps: Needs,
  request: OpenRequest,
  traceId: string,
  untilMs: number,
): Promise<Opened> {
  const failed = new Set<string>()
  let [busy, followed] = [0, 0]
  let asked = request
  let worker = await deps.placement.forSession()
  for (let calls = 0; worker && busy < MAX_BUSY && calls < MAX_CALLS; calls += 1) {
    if (calls > 0 && untilMs - deps.clock.monotonic() < MIN_NEXT_TRY_MS) break
    const outcome: OpenOutcome = await open(deps, worker, asked, traceId, untilMs)
    if (isFinal(outcome)) return named(outcome, worker)
    if (outcome.kind === 'not-owner') {
      const owner = failed.has(outcome.owner) ? undefined : await deps.placement.get(outcome.owner)
      followed += 1
      if (owner && followed <= MAX_FOLLOWED) worker = owner
      else asked = { ...request, verified: false }
    } else {
      if (outcome.kind === 'busy') busy += 1
      failed.add(worker.workerId)
      worker = await deps.placement.forSession(failed)
    }
  }
  return { kind: 'nowhere' }
}

type Final = Extract<OpenOutcome, { kind: 'joined' | 'refused' | 'unanswered' }>

function isFinal(outcome: OpenOutcome): outcome is Final {
  return outcome.kind === 'joined' || outcome.kind === 'refused' || outcome.kind === 'unanswered'
}

function named(outcome: Final, { workerId }: WorkerRow): Opened {
  return outcome.kind === 'joined' ? { ...outcome, workerId } : outcome
}

async function open(
  { placement, handoff, clock, log }: Needs,
  worker: WorkerRow,
  request: OpenRequest,
  traceId: string,
  untilMs: number,
): Promise<OpenOutcome> {
  const timeoutMs = Math.min(OPEN_TIMEOUT_MS, untilMs - clock.monotonic())
  const outcome = await handoff.open(worker, request, traceId, timeoutMs)
  const { workerId } = worker
  if (outcome.kind === 'unreachable') placement.avoid(workerId)
  if (outcome.kind === 'busy') log.warn('open.busy', { workerId, code: outcome.code })
  if ('cause' in outcome) log.warn(`open.${outcome.kind}`, { ...errorFacts(outcome.cause), workerId })
  return outcome
}
