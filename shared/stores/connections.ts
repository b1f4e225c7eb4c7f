import * as z from 'zod/mini'
import { connectionId, sessionId } from '../wire/ids.ts'
import type { TableDefinition } from './table.ts'

export const connectionsTable = {
  name: 'connections',
  key: 'connectionId',
  ttl: 'expiresAt',
} as const satisfies TableDefinition

export const connectionRow = z.object({
  connectionId,
  sessionId,
  /** Seconds since 1970. */
  expiresAt: z.int(),
})
export type ConnectionRow = z.infer<typeof connectionRow>

export interface Connections {
  /** Strongly consistent; undefined when there is none or it has expired. */
  get(id: string): Promise<ConnectionRow | undefined>
  put(row: ConnectionRow): Promise<void>
  /** Deletes the row only while it still names this session. */
  remove(id: string, session: string): Promise<void>
}
