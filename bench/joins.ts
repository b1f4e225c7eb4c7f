import type { Generator } from './generator.ts'
import type { Figure } from './report.ts'
import { median } from './stats.ts'

export interface JoinOptions {
  readonly url: string
  /** Accounts from 0 on. */
  readonly count: number
}

/** bcrypt keeps a core busy, so more at once would only wait for each other. */
const CONCURRENCY = 4

/**
 * JOIN to JOIN_SUCCESS through the whole bridge: people it does not know yet, whose password goes to the XMPP server and
 * whose hash is made afterwards, and people whose hash it has. Both cost bcrypt, which is most of it.
 */
export async function measureJoins(people: Generator, { url, count }: JoinOptions): Promise<Figure[]> {
  const job = { url, users: { from: 0, count }, concurrency: CONCURRENCY }
  const first = await people.ask('join', job)
  const again = await people.ask('join', job)
  return [
    { name: 'JOINs through the bridge, first of an account', value: rate(count, first), unit: '/s' },
    { name: 'JOINs through the bridge, known account', value: rate(count, again), unit: '/s' },
    { name: '  JOIN to JOIN_SUCCESS, median', value: median(again.latenciesMs), unit: 'ms' },
  ]
}

function rate(count: number, { elapsedMs }: { elapsedMs: number }): number {
  return (count * 1000) / elapsedMs
}
