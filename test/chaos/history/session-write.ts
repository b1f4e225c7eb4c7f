import * as z from 'zod/mini'

/** What every line says. */
const base = {
  /** When the store answered, in milliseconds of the machine's monotonic clock. The lines of a session are in the store's order. */
  at: z.number(),
  /** Milliseconds since 1970, for people. */
  wall: z.int(),
  /** The access key that signed it. Each process of a worker has one of its own. */
  by: z.string(),
  session: z.string(),
  /** False: its condition did not hold, and nothing was written. */
  taken: z.boolean(),
  /** The epoch in which it is meant, where its condition names one. */
  under: z.optional(z.int()),
}

/** One write to the sessions table, as the store was asked for it. `owner`, `epoch`: of the row when it was taken. */
export const sessionWrite = z.discriminatedUnion('kind', [
  z.object({ ...base, kind: z.literal('create'), user: z.string(), owner: z.string(), epoch: z.int() }),
  z.object({ ...base, kind: z.literal('claim'), owner: z.string(), epoch: z.int() }),
  z.object({ ...base, kind: z.literal('change') }),
  z.object({ ...base, kind: z.literal('delete') }),
])
export type SessionWrite = z.infer<typeof sessionWrite>

type Bare<W> = W extends unknown ? Omit<W, 'at' | 'wall' | 'by' | 'taken'> : never
/** What the request alone tells. */
export type WantedWrite = Bare<SessionWrite>
