import { accountsTable } from './accounts.ts'
import { attemptsTable } from './attempts.ts'
import { connectionsTable } from './connections.ts'
import { sessionsTable } from './sessions.ts'
import type { TableDefinition } from './table.ts'
import { workersTable } from './workers.ts'

/** Every table there is. */
export const tables = [
  accountsTable,
  attemptsTable,
  workersTable,
  sessionsTable,
  connectionsTable,
] as const satisfies readonly TableDefinition[]

export type TableName = (typeof tables)[number]['name']
