import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dynamoAccounts } from '../../../shared/stores/dynamo/accounts.ts'
import { dynamoAttempts } from '../../../shared/stores/dynamo/attempts.ts'
import { dynamoConnections } from '../../../shared/stores/dynamo/connections.ts'
import { dynamoSessions } from '../../../shared/stores/dynamo/sessions.ts'
import { dynamoWorkers } from '../../../shared/stores/dynamo/workers.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { describeSessions, describeWorkers } from './contract-owners.ts'
import { describeStores } from './contract.ts'
import { sessionRowOf, workerIdOf } from './rows.ts'
import type { OpenStores } from './subject.ts'
import { openTestTables, type TestTables } from './test-tables.ts'

let tables: TestTables
beforeAll(async () => {
  tables = await openTestTables()
}, 120_000)
afterAll(() => tables.close(), 120_000)

const open: OpenStores = clock => {
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
}

describeStores('the DynamoDB stores', open)
describeWorkers('workers on DynamoDB', open)
describeSessions('sessions on DynamoDB', open)

test('[ST29] an index is read on over all pages of its answer', async () => {
  const { client, nameOf } = tables
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args =>
        next(commandName === 'QueryCommand' ? { ...args, input: { ...args.input, Limit: 2 } } : args),
    { step: 'initialize', name: 'short-pages' },
  )
  const sessions = dynamoSessions({ client, table: nameOf('sessions'), clock: new FakeClock() })
  const owner = workerIdOf('pages')
  const rows = Array.from({ length: 5 }, (_, at) => sessionRowOf(`page${at}`, { owner }))
  for (const row of rows) await sessions.create(row)
  expect((await sessions.ownedBy(owner)).toSorted()).toEqual(rows.map(row => row.sessionId).toSorted())
  client.middlewareStack.remove('short-pages')
})

test('[ST33] a hundred rows are read in one request', async () => {
  const { client, nameOf } = tables
  let requests = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        if (commandName === 'BatchGetItemCommand' || commandName === 'BatchGetCommand') requests += 1
        return next(args)
      },
    { step: 'initialize', name: 'counted' },
  )
  const sessions = dynamoSessions({ client, table: nameOf('sessions'), clock: new FakeClock() })
  const rows = Array.from({ length: 250 }, (_, at) => sessionRowOf(`many${at}`))
  for (const row of rows) await sessions.create(row)
  const read = await sessions.getMany(rows.map(({ sessionId }) => sessionId))
  client.middlewareStack.remove('counted')
  expect(read.rows).toHaveLength(250)
  expect(requests).toBe(3)
})
