import * as z from 'zod/mini'

const nothing = z.object({})

/** What the process of the store can be asked for, and what it answers. */
export const jobs = {
  /** Starts the store with all its tables, empty. What is written about sessions is written down in the file. */
  start: { input: z.object({ sessionsFile: z.string() }), output: z.object({ port: z.int() }) },
  /** From now on it answers with errors, or as it should. */
  fail: { input: z.object({ failing: z.boolean() }), output: nothing },
  /** From now on it throttles this share of all that is asked. */
  throttle: { input: z.object({ rate: z.number() }), output: nothing },
  /** Writes by table since the start. */
  count: { input: nothing, output: z.object({ writes: z.record(z.string(), z.int()) }) },
} as const
