import { systemClock as clock } from '../../shared/clock.ts'

/** Runs the task for each index below `count`, at most `concurrency` at once. Rejects with the first failure. */
export async function inTurns(
  count: number,
  concurrency: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const run = async () => {
    while (next < count) {
      const index = next
      next += 1
      await task(index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, run))
}

/** How long the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<{ elapsedMs: number }> {
  const startedMs = clock.monotonic()
  await work()
  return { elapsedMs: clock.monotonic() - startedMs }
}
