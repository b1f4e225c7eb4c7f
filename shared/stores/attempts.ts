import type { TableDefinition } from './table.ts'

export const attemptsTable = {
  name: 'attempts',
  key: 'key',
  ttl: 'expiresAt',
} as const satisfies TableDefinition

export type Counted = { within: true; count: number } | { within: false; retryAfterMs: number }

export interface Budget {
  readonly limit: number
  readonly windowMs: number
}

/** Counts in fixed windows; a window starts with the first count and ends `windowMs` later. */
export interface Attempts {
  /** Takes one from the budget by a conditional ADD; nothing is taken when it is spent. */
  take(key: string, budget: Budget): Promise<Counted>
  /** Gives one back, never below zero. */
  giveBack(key: string): Promise<void>
  /** Forgets the count. */
  reset(key: string): Promise<void>
}
