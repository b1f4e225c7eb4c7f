import type { OpenOutcome } from '../shared/handoff/outcomes.ts'
import { OPEN_TIMEOUT_MS } from '../shared/handoff/client.ts'
import type { OpenRequest } from '../shared/handoff/schemas.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import type { Deps } from './deps.ts'
import { errorFacts } from './log.ts'

/** With less time than this left, another login would not end before the gateway gives up. */
const MIN_NEXT_TRY_MS = 5000
/** A worker that says no has cost a login's time. */
const MAX_ASKED = 2
/** Dead ones cost 300 ms each, until their rows expire. */
const MAX_TRIED = 5

export type Opened =
  | (Extract<OpenOutcome, { kind: 'joined' }> & { workerId: string })
  | Extract<OpenOutcome, { kind: 'refused' | 'unanswered' }>
  /** No worker could take it, and nothing was done. */
  | { kind: 'nowhere' }

type Needs = Pick<Deps, 'placement' | 'handoff' | 'log' | 'clock'>

/**
 * Opens a session on the best worker, and goes on to others past those that cannot be reached; of those that can, one
 * more is asked when the first is busy. `untilMs` is a monotonic time.
 */
export async function openSomewhere(
  deps: Needs,
  request: OpenRequest,
  traceId: string,
  untilMs: number,
): Promise<Opened> {
  const tried = new Set<string>()
  let asked = 0
  let worker = await deps.placement.forSession()
  while (worker && asked < MAX_ASKED && tried.size < MAX_TRIED) {
    if (tried.size > 0 && untilMs - deps.clock.monotonic() < MIN_NEXT_TRY_MS) break
    const outcome = await open(deps, worker, request, traceId, untilMs)
    if (isFinal(outcome)) return named(outcome, worker)
    if (outcome.kind !== 'unreachable') asked += 1
    tried.add(worker.workerId)
    worker =
      outcome.kind === 'not-owner'
        ? await deps.placement.get(outcome.owner)
        : await deps.placement.forSession(tried)
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
