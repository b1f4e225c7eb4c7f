import * as z from 'zod/mini'
import { workerId } from '../wire/ids.ts'
import type { TableDefinition } from './table.ts'

export const workersTable = {
  name: 'workers',
  key: 'workerId',
  ttl: 'expiresAt',
} as const satisfies TableDefinition

/** How a worker is reached and trusted: whoever may write this table is the root of trust (design of the hand-off). */
export const workerRow = z.object({
  workerId,
  host: z.string(),
  port: z.int(),
  /** Self-signed, SAN `DNS:<workerId>`, PEM; pinned by the caller. */
  certificate: z.string(),
  token: z.string(),
  /** Grows with each renewal: an observer compares it with itself on its own clock, never with a time. */
  counter: z.int(),
  /** How long without a renewal it may still act; another version or setting than the observer's own. Older rows have none. */
  leaseMs: z.optional(z.int()),
  sessions: z.int(),
  maxSessions: z.int(),
  /** `dead`: a peer saw no renewal and takes its sessions over; the row stays until they are all found. */
  phase: z.enum(['ready', 'draining', 'dead']),
  startedAt: z.int(),
  /** Seconds since 1970. */
  expiresAt: z.int(),
})
export type WorkerRow = z.infer<typeof workerRow>

export interface Workers {
  /** Writes the row, new or renewed. False when a peer has declared this worker dead: nothing was written. */
  put(row: WorkerRow): Promise<boolean>
  /** Writes it over whatever a peer declared. */
  revive(row: WorkerRow): Promise<void>
  /** False when it was renewed since this row was read, or is gone. */
  declareDead(row: WorkerRow, expiresAt: number): Promise<boolean>
  /** Strongly consistent; undefined when there is none or it has expired. */
  get(id: string): Promise<WorkerRow | undefined>
  /** All that have not expired. */
  list(): Promise<readonly WorkerRow[]>
  remove(id: string): Promise<void>
}
