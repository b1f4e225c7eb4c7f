import type { TableName } from '../shared/stores/definitions.ts'

export type Part = 'connect' | 'default' | 'disconnect' | 'worker'
type Action = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Scan' | 'Query'
type Grants = Partial<Readonly<Record<TableName, readonly Action[]>>>

/** Signing in, and handing a frame to the worker that holds the session. */
const SIGN_IN: Grants = {
  accounts: ['GetItem', 'PutItem', 'DeleteItem'],
  attempts: ['GetItem', 'UpdateItem', 'DeleteItem'],
  workers: ['GetItem', 'Scan'],
  sessions: ['GetItem'],
  connections: ['GetItem'],
}

/**
 * What each part does with each table, as `shared/stores/dynamo/` does it for its callers: nothing else is granted.
 * `Query` is of the table's indexes, everything else of the table itself.
 */
export const tableActions: Readonly<Record<Part, Grants>> = {
  connect: SIGN_IN,
  default: SIGN_IN,
  disconnect: { workers: ['GetItem'], sessions: ['GetItem'], connections: ['GetItem'] },
  worker: {
    workers: ['GetItem', 'PutItem', 'UpdateItem', 'Scan'],
    sessions: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'],
    connections: ['GetItem', 'PutItem', 'DeleteItem'],
  },
}
