/** Full jitter needs room to spread from the first repeat on, and nobody waits longer than half a minute. */
const FIRST_CEILING_MS = 500
const LONGEST_CEILING_MS = 30_000

/** How long to wait before try number `attempt` (from 0) after one that failed: full jitter, 0.5 s doubling to 30 s. */
export function backoffMs(attempt: number, random: number): number {
  return Math.ceil(random * Math.min(LONGEST_CEILING_MS, FIRST_CEILING_MS * 2 ** Math.min(attempt, 10)))
}

/** How long to wait before the first try after a connection that worked was cut: others may have lost theirs with it. */
export function firstTryMs(spreadMs: number, random: number): number {
  return Math.ceil(random * spreadMs)
}
