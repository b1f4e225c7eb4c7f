import {
  CreateTableCommand,
  ListTablesCommand,
  waitUntilTableExists,
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

/** Creates the tables that do not exist yet and resolves when all can be used. The local store deletes nothing by TTL. */
export async function createMissingTables(
  client: DynamoDBClient,
  tables: readonly NamedTable[],
): Promise<void> {
  const { TableNames: existing = [] } = await client.send(new ListTablesCommand({}))
  for (const table of tables) {
    if (existing.includes(table.physicalName)) continue
    await client.send(new CreateTableCommand(createTableInput(table)))
  }
  const waiting = { client, maxWaitTime: TABLE_WITHIN_S, minDelay: ASK_EVERY_S, maxDelay: ASK_EVERY_S }
  await Promise.all(tables.map(table => waitUntilTableExists(waiting, { TableName: table.physicalName })))
}

/** The request of "CreateTable", Amazon DynamoDB API Reference. */
export function createTableInput({ physicalName, definition }: NamedTable): CreateTableCommandInput {
  const { key, index } = definition
  const keys = index === undefined ? [key] : [...new Set([key, index.key])]
  return {
    TableName: physicalName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    AttributeDefinitions: keys.map(name => ({ AttributeName: name, AttributeType: 'S' })),
    ...(index && {
      GlobalSecondaryIndexes: [
        {
          IndexName: index.name,
          KeySchema: [{ AttributeName: index.key, KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  }
}
