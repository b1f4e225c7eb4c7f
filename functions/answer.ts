import type { DownFrame } from '../shared/wire/down.ts'
import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { errorFacts } from './log.ts'

/** More dead workers in a row than this mean that none lives; each costs 300 ms. */
const MAX_TRIES = 5

/** Nobody can push an answer to the client, so the gateway's own `Internal server error` has to be it. */
export class NoWorkerLeft extends Error {
  override readonly name = 'NoWorkerLeft'
  constructor(tried: number) {
    super(`No worker can be reached (${tried} tried).`)
  }
}

/** A worker took the answer for the client and then said nothing. */
export class AnswerUnsure extends Error {
  override readonly name = 'AnswerUnsure'
  constructor(options: { cause: unknown }) {
    super('A worker did not say whether it pushed an answer.', options)
  }
}

export interface Through {
  /** Known to be dead. */
  readonly except?: string | undefined
}

/**
 * Answers a frame through any worker that lives: functions themselves have no way to the gateway.
 * @throws NoWorkerLeft, AnswerUnsure
 */
export async function answer(
  deps: Pick<Deps, 'placement' | 'handoff' | 'log'>,
  { connectionId, traceId }: Caller,
  frame: DownFrame,
  { except }: Through = {},
): Promise<void> {
  const dead = new Set(except === undefined ? [] : [except])
  for (let tried = 0; tried < MAX_TRIES; tried += 1) {
    const worker = await deps.placement.anyLive(dead)
    if (!worker) throw new NoWorkerLeft(tried)
    const outcome = await deps.handoff.push(worker, { connectionId, frame, handshake: false }, traceId)
    if (outcome.kind === 'pushed') return
    if (outcome.kind === 'unanswered') throw new AnswerUnsure({ cause: outcome.cause })
    deps.log.warn('push.unreachable', { ...errorFacts(outcome.cause), workerId: worker.workerId })
    deps.placement.avoid(worker.workerId)
    dead.add(worker.workerId)
  }
  throw new NoWorkerLeft(MAX_TRIES)
}
