import { systemClock as clock } from '../shared/clock.ts'
import { settledRssKb } from './proc.ts'
import type { Figure, Target } from './report.ts'
import type { CalledWorker } from './rig.ts'

export interface MemoryOptions {
  /** How many sessions, growing; the last carries the target. */
  readonly levels: readonly number[]
  /** Opened between two lines of progress. */
  readonly step: number
}

const CONCURRENCY = 16
const TARGET: Target = { of: 'value', is: 'at most', limit: 160 }

/** RSS of a worker process per session over TLS: what has come on top of a worker that has just started. */
export async function measureMemory(
  { callers, process, row }: CalledWorker,
  { levels, step }: MemoryOptions,
  say: (text: string) => void,
): Promise<Figure[]> {
  const baseKb = await settledRssKb(process.pid, clock)
  const figures: Figure[] = [{ name: 'worker RSS without sessions', value: baseKb / 1024, unit: 'MB' }]
  let open = 0
  for (const level of levels) {
    while (open < level) {
      const users = { from: open, count: Math.min(step, level - open) }
      await callers.ask('openSessions', { worker: row, users, concurrency: CONCURRENCY })
      open += users.count
      say(`  ${open} sessions`)
    }
    const value = ((await settledRssKb(process.pid, clock)) - baseKb) / level
    const name = `worker RSS per session, ${level} over TLS`
    figures.push({ name, value, unit: 'KB', ...(level === levels.at(-1) && { target: TARGET }) })
  }
  return figures
}
