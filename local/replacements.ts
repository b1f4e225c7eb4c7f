import type { Clock } from '../shared/clock.ts'
import type { WorkerProcess } from './workers.ts'

export interface ReplacerOptions {
  /** Starts one more worker. */
  readonly start: () => Promise<unknown>
  readonly say: (text: string) => void
  readonly clock: Clock
}

/** Workers end as fast as they start: a fault that another would have as well. */
export class WorkersKeepEnding extends Error {
  override readonly name = 'WorkersKeepEnding'
}

/** More than a person kills by hand to see what happens. */
const MAX_LOST = 5
const LOST_WITHIN_MS = 60_000

/**
 * Starts another worker for one that ended unasked, as ECS does.
 * @throws WorkersKeepEnding for the sixth within a minute, and whatever keeps the other from starting.
 */
export function replacer({ start, say, clock }: ReplacerOptions) {
  let lostAtMs: readonly number[] = []
  return async ({ id }: Pick<WorkerProcess, 'id'>, exitCode: number | null): Promise<void> => {
    const nowMs = clock.monotonic()
    lostAtMs = [...lostAtMs.filter(atMs => nowMs - atMs < LOST_WITHIN_MS), nowMs]
    const how = `The worker ${id} ended unexpectedly (${exitCode === null ? 'killed' : `exit code ${exitCode}`}).`
    if (lostAtMs.length > MAX_LOST) throw new WorkersKeepEnding(how)
    say(`${how} Its sessions go to the others, and one more is started.`)
    await start()
  }
}
