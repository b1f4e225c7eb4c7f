import { paginateQuery } from '@aws-sdk/lib-dynamodb'
import type { StoreOptions } from './row.ts'

/** A keys-only index and what is looked for in it. */
export interface IndexQuery {
  readonly name: string
  readonly key: string
  readonly value: string
}

/** The table keys of all rows that an index has under a value, over as many pages as there are. Eventually consistent. */
export async function keysIn(
  { client, table }: Pick<StoreOptions, 'client' | 'table'>,
  index: IndexQuery,
  tableKey: string,
): Promise<readonly string[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      IndexName: index.name,
      KeyConditionExpression: '#key = :value',
      ProjectionExpression: '#tableKey',
      ExpressionAttributeNames: { '#key': index.key, '#tableKey': tableKey },
      ExpressionAttributeValues: { ':value': index.value },
    },
  )
  const keys: string[] = []
  for await (const page of pages) keys.push(...(page.Items ?? []).map(item => String(item[tableKey])))
  return keys
}
