import { randomBytes } from 'node:crypto'
import { CreateTableCommand, DeleteTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { createTableInput } from '../../../local/dynamo/tables.ts'
import { startDynamo } from '../../../local/dynamo.ts'
import { tables, type TableName } from '../../../shared/stores/definitions.ts'
import { documentClient } from '../../../shared/stores/dynamo/client.ts'

export interface TestTables {
  readonly client: DynamoDBDocumentClient
  /** The physical name of a table. */
  readonly nameOf: (table: TableName) => string
  /** Deletes the tables, and stops the store if it was started here. */
  close(): Promise<void>
}

/** All tables, empty, under names of their own: in dynalite in this process, or where TEST_DYNAMODB_ENDPOINT says. */
export async function openTestTables(): Promise<TestTables> {
  const given = process.env['TEST_DYNAMODB_ENDPOINT']
  const local = given === undefined ? await startDynamo({ tables: [] }) : undefined
  const client = local ? localClient(local.endpoint) : documentClient({ ...(given && { endpoint: given }) })
  const prefix = `test-${randomBytes(6).toString('hex')}-`
  const named = tables.map(definition => ({ physicalName: `${prefix}${definition.name}`, definition }))
  for (const table of named) await client.send(new CreateTableCommand(createTableInput(table)))
  const waiting = { client, maxWaitTime: 60, minDelay: local ? 0.01 : 1, maxDelay: 2 }
  await Promise.all(named.map(table => waitUntilTableExists(waiting, { TableName: table.physicalName })))
  return {
    client,
    nameOf: table => `${prefix}${table}`,
    async close() {
      for (const { physicalName } of named)
        await client.send(new DeleteTableCommand({ TableName: physicalName }))
      client.destroy()
      await local?.stop()
    },
  }
}

function localClient(endpoint: string): DynamoDBDocumentClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return documentClient({ endpoint, region: 'us-east-1', credentials })
}
