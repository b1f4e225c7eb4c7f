import * as z from 'zod/mini'
import type { TableDefinition } from './table.ts'

export const accountsTable = { name: 'accounts', key: 'username' } as const satisfies TableDefinition

/** What is known of a password: a fast first check, the XMPP server stays the authority. */
export const account = z.object({ username: z.string(), hash: z.string(), createdAt: z.int() })
export type Account = z.infer<typeof account>

export interface Accounts {
  get(username: string): Promise<Account | undefined>
  /** Writes or replaces. */
  put(account: Account): Promise<void>
  /** Deletes the row only while it still holds this hash, so that a newer one survives. */
  forget(username: string, hash: string): Promise<void>
}
