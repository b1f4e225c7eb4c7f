import { FIRST_CEILING_MS, LONGEST_CEILING_MS } from './limits.ts'

/** How long to wait before try number `attempt` (from 0) after one that failed: full jitter, 0.5 s doubling to 30 s. */
export function backoffMs(attempt: number, random: number): number {
  return Math.ceil(random * Math.min(LONGEST_CEILING_MS, FIRST_CEILING_MS * 2 ** attempt))
}
