import * as z from 'zod/mini'
import { connectionId, sessionId, workerId } from '../wire/ids.ts'
import type { TableDefinition } from './table.ts'

export const sessionsTable = {
  name: 'sessions',
  key: 'sessionId',
  ttl: 'expiresAt',
  index: { name: 'byOwner', key: 'owner' },
} as const satisfies TableDefinition

const socket = z.object({ connectionId, mode: z.enum(['simple']) })

/** Who holds a session. Written by its owner alone, under its epoch. */
export const sessionRow = z.object({
  sessionId,
  username: z.string(),
  owner: workerId,
  /** The number of the owner's tenure; grows with each take-over. */
  epoch: z.int(),
  jid: z.string(),
  sockets: z.array(socket),
  /** Seconds since 1970. */
  expiresAt: z.int(),
})
export type SessionRow = z.infer<typeof sessionRow>

/** Names the session and the tenure under which a write is meant. */
export type Tenure = Pick<SessionRow, 'sessionId' | 'owner' | 'epoch'>

export interface Sessions {
  /** Strongly consistent; undefined when there is none or it has expired. */
  get(id: string): Promise<SessionRow | undefined>
  /** False when a row of that id exists already. */
  create(row: SessionRow): Promise<boolean>
  /** False when the row is gone or another tenure holds it; nothing was written then. */
  update(tenure: Tenure, change: Pick<SessionRow, 'jid' | 'sockets' | 'expiresAt'>): Promise<boolean>
  /** Deletes under the tenure; false as above. */
  remove(tenure: Tenure): Promise<boolean>
}
