import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { dynamoAccounts } from '../../../shared/stores/dynamo/accounts.ts'
import { dynamoAttempts } from '../../../shared/stores/dynamo/attempts.ts'
import { dynamoConnections } from '../../../shared/stores/dynamo/connections.ts'
import { dynamoSessions } from '../../../shared/stores/dynamo/sessions.ts'
import { dynamoWorkers } from '../../../shared/stores/dynamo/workers.ts'
import { describeStores } from './contract.ts'
import { openTestTables, type TestTables } from './test-tables.ts'

let tables: TestTables
beforeAll(async () => {
  tables = await openTestTables()
}, 120_000)
afterAll(() => tables.close(), 120_000)

describeStores('the DynamoDB stores', clock => {
  const { client, nameOf } = tables
  const badRows: string[] = []
  const options = (table: Parameters<typeof nameOf>[0]) => ({ client, table: nameOf(table), clock })
  return {
    accounts: dynamoAccounts(options('accounts')),
    attempts: dynamoAttempts(options('attempts')),
    workers: dynamoWorkers({ ...options('workers'), onBadRow: error => badRows.push(error.message) }),
    sessions: dynamoSessions(options('sessions')),
    connections: dynamoConnections(options('connections')),
    badRows,
    async putRaw(table, row) {
      await client.send(new PutCommand({ TableName: nameOf(table), Item: row }))
    },
  }
})
