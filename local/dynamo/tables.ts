import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  ListTablesCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import type { TableDefinition } from '../../shared/stores/table.ts'

export interface NamedTable {
  physicalName: string
  definition: TableDefinition
}

/** The local store makes a table in milliseconds. */
const TABLE_WITHIN_S = 5
const ASK_EVERY_S = 0.01

/**
 * Creates the tables that do not exist yet, and anew those that an older version made with other indexes: only rows of
 * sessions are in such. Resolves when all can be used. The local store deletes nothing by TTL.
 */
export async function createMissingTables(
  client: DynamoDBClient,
  tables: readonly NamedTable[],
): Promise<void> {
  const waiting = { client, maxWaitTime: TABLE_WITHIN_S, minDelay: ASK_EVERY_S, maxDelay: ASK_EVERY_S }
  const { TableNames: existing = [] } = await client.send(new ListTablesCommand({}))
  for (const table of tables) {
    const name = { TableName: table.physicalName }
    if (existing.includes(table.physicalName)) {
      if (await hasIndexes(client, table)) continue
      await client.send(new DeleteTableCommand(name))
      await waitUntilTableNotExists(waiting, name)
    }
    await client.send(new CreateTableCommand(createTableInput(table)))
  }
  await Promise.all(tables.map(table => waitUntilTableExists(waiting, { TableName: table.physicalName })))
}

async function hasIndexes(
  client: DynamoDBClient,
  { physicalName, definition }: NamedTable,
): Promise<boolean> {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: physicalName }))
  const there = table?.GlobalSecondaryIndexes?.map(index => index.IndexName) ?? []
  const wanted = definition.indexes?.map(index => index.name) ?? []
  return there.length === wanted.length && wanted.every(name => there.includes(name))
}

/** The request of "CreateTable", Amazon DynamoDB API Reference. */
export function createTableInput({ physicalName, definition }: NamedTable): CreateTableCommandInput {
  const { key, indexes = [] } = definition
  const keys = [...new Set([key, ...indexes.map(index => index.key)])]
  return {
    TableName: physicalName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    AttributeDefinitions: keys.map(name => ({ AttributeName: name, AttributeType: 'S' })),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map(index => ({
        IndexName: index.name,
        KeySchema: [{ AttributeName: index.key, KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    }),
  }
}
