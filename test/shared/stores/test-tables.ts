import { randomBytes } from 'node:crypto'
import { CreateTableCommand, DeleteTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, paginateScan, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { createTableInput, type NamedTable } from '../../../local/dynamo/tables.ts'
import { startDynamo } from '../../../local/dynamo.ts'
import { tables, type TableName } from '../../../shared/stores/definitions.ts'
import { documentClient } from '../../../shared/stores/dynamo/client.ts'

export interface TestTables {
  readonly client: DynamoDBDocumentClient
  /** The physical name of a table. */
  readonly nameOf: (table: TableName) => string
  /** Deletes the tables if they were made here, else what is in them, and stops the store if it was started here. */
  close(): Promise<void>
}

/** An emulator may take seconds for what AWS does in 10 ms; asked again, it would do what counts twice. */
const EMULATOR_TIMEOUT_MS = 20_000

/**
 * All tables, empty: in dynalite in this process, or where TEST_DYNAMODB_ENDPOINT says. They are made under names of their
 * own, unless TEST_TABLE_PREFIX names those that a deployment has made, of which whatever others left is deleted.
 */
export async function openTestTables(): Promise<TestTables> {
  const given = process.env['TEST_DYNAMODB_ENDPOINT']
  const deployed = process.env['TEST_TABLE_PREFIX']
  const local = given === undefined ? await startDynamo({ tables: [] }) : undefined
  const client = local ? localClient(local.endpoint) : clientOf(given)
  const prefix = deployed ?? `test-${randomBytes(6).toString('hex')}-`
  const names = tables.map(definition => ({ physicalName: `${prefix}${definition.name}`, definition }))
  const made = deployed === undefined ? names : []
  const found = deployed === undefined ? [] : names
  for (const table of made) await client.send(new CreateTableCommand(createTableInput(table)))
  const waiting = { client, maxWaitTime: 60, minDelay: local ? 0.01 : 1, maxDelay: 2 }
  await Promise.all(made.map(table => waitUntilTableExists(waiting, { TableName: table.physicalName })))
  for (const table of found) await empty(client, table)
  return {
    client,
    nameOf: table => `${prefix}${table}`,
    async close() {
      for (const { physicalName } of made)
        await client.send(new DeleteTableCommand({ TableName: physicalName }))
      for (const table of found) await empty(client, table)
      client.destroy()
      await local?.stop()
    },
  }
}

async function empty(client: DynamoDBDocumentClient, { physicalName: table, definition }: NamedTable) {
  const keys = { ProjectionExpression: '#key', ExpressionAttributeNames: { '#key': definition.key } }
  for await (const { Items: rows = [] } of paginateScan({ client }, { TableName: table, ...keys }))
    for (const Key of rows) await client.send(new DeleteCommand({ TableName: table, Key }))
}

function localClient(endpoint: string): DynamoDBDocumentClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return documentClient({ endpoint, region: 'us-east-1', credentials })
}

function clientOf(endpoint: string | undefined): DynamoDBDocumentClient {
  return documentClient({ requestTimeoutMs: EMULATOR_TIMEOUT_MS, ...(endpoint && { endpoint }) })
}
