import * as z from 'zod/mini'
import { connectionId, sessionId, workerId } from '../wire/ids.ts'
import type { TableDefinition } from './table.ts'

export const connectionsTable = {
  name: 'connections',
  key: 'connectionId',
  ttl: 'expiresAt',
} as const satisfies TableDefinition

export const connectionRow = z.object({
  connectionId,
  sessionId,
  /** The worker that wrote this: where to ask first. It may have moved on since; older rows have none. */
  owner: z.optional(workerId),
  /** Seconds since 1970. */
  expiresAt: z.int(),
})
export type ConnectionRow = z.infer<typeof connectionRow>

export interface Connections {
  /** Strongly consistent; undefined when there is none or it has expired. */
  get(id: string): Promise<ConnectionRow | undefined>
  /** Writes or replaces. The session that the socket belonged to until then: of two writers only one is given it. */
  put(row: ConnectionRow): Promise<string | undefined>
  /** Deletes the row only while it still names this session. */
  remove(id: string, session: string): Promise<void>
}
