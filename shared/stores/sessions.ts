import * as z from 'zod/mini'
import { connectionId, count, sessionId, workerId } from '../wire/ids.ts'
import type { TableDefinition } from './table.ts'

export const sessionsTable = {
  name: 'sessions',
  key: 'sessionId',
  ttl: 'expiresAt',
  indexes: [
    { name: 'byOwner', key: 'owner' },
    { name: 'byUser', key: 'username' },
  ],
} as const satisfies TableDefinition

/** What a resume of the XMPP stream needs beside the credential (XEP-0198 5). */
const resumption = z.object({
  id: z.string(),
  /** Inbound stanzas that are handled for good. Stored before the XMPP server is told. */
  h: count,
  /** The highest stanza with something for the client that `h` passed before the client acknowledged it. */
  hole: z.optional(count),
  /** The highest, behind `h` too, of which a successor cannot bring all and no archive has it. */
  lost: z.optional(count),
  /** Seconds that the server keeps the session. */
  max: z.optional(z.int()),
  /** Where the server wants to be dialled for it. */
  location: z.optional(z.string()),
})

/** A token that opens the session, by its SHA-256 (base64url). Milliseconds since 1970. */
const tokenHash = z.object({ hash: z.string(), issuedAt: z.int(), until: z.optional(z.int()) })

/** Who holds a session, and all that another worker needs to go on with it. Written by its owner alone, under its epoch. */
export const sessionRow = z.object({
  sessionId,
  username: z.string(),
  owner: workerId,
  /** The number of the owner's tenure; grows with each take-over. */
  epoch: z.int(),
  mode: z.enum(['simple', 'sequenced']),
  /** The full JID. */
  jid: z.string(),
  /** The number of the XMPP stream: grows with each that is new and not resumed. */
  stream: count,
  resumption: z.optional(resumption),
  /** When it began; milliseconds since 1970. */
  openedAt: z.optional(z.int()),
  /** What logs in again, sealed (worker/seal). */
  credential: z.string(),
  /** The newest first; none while the client is away. One that is gone may be named for a while (worker/session/sockets.ts). */
  sockets: z.array(z.object({ connectionId })),
  /** Since when there is none; milliseconds since 1970. */
  detachedAt: z.optional(z.int()),
  tokens: z.array(tokenHash),
  /** What the user last set, as JSON of the frame. */
  presence: z.optional(z.string()),
  /** Who asks to see the user's presence and has no answer yet: a resumed stream does not tell again. The newest, by address. */
  requests: z.optional(z.array(z.string())),
  /** Seconds since 1970. */
  expiresAt: z.int(),
})
export type SessionRow = z.infer<typeof sessionRow>
export type Resumption = z.infer<typeof resumption>
export type TokenHash = z.infer<typeof tokenHash>

/** Names the session and the tenure under which a write is meant. */
export type Tenure = Pick<SessionRow, 'sessionId' | 'owner' | 'epoch'>

/** What an owner may change. A key with the value undefined is taken off the row; one that is missing stays. */
export type SessionChange = {
  readonly [K in Exclude<keyof SessionRow, keyof Tenure | 'username' | 'mode'>]?: SessionRow[K] | undefined
}

export interface Sessions {
  /** Strongly consistent; undefined when there is none or it has expired. */
  get(id: string): Promise<SessionRow | undefined>
  /** The same of many, in any order. What could not be read now, or is no valid row, is `unread`. */
  getMany(ids: readonly string[]): Promise<{ rows: readonly SessionRow[]; unread: readonly string[] }>
  /** False when a row of that id exists already. */
  create(row: SessionRow): Promise<boolean>
  /** False when the row is gone or another tenure holds it; nothing was written then. */
  update(tenure: Tenure, change: SessionChange): Promise<boolean>
  /** Begins the next tenure, epoch + 1, for `owner` (who may be the same). The row as it is then; undefined as above. */
  claim(tenure: Tenure, owner: string): Promise<SessionRow | undefined>
  /** Deletes under the tenure; false as above. */
  remove(tenure: Tenure): Promise<boolean>
  /** Ids of the rows of this owner, eventually consistent: ask again. */
  ownedBy(owner: string): Promise<readonly string[]>
  /** Ids of the rows of this user, eventually consistent. */
  ofUser(username: string): Promise<readonly string[]>
}
