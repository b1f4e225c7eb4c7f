import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { account, type Accounts } from '../accounts.ts'
import { ifHeld, readRow, type StoreOptions } from './row.ts'

const STILL_HOLDS_HASH = '#hash = :hash'

/** Accounts on DynamoDB. `get` throws BadRow; every method throws what the SDK throws. */
export function dynamoAccounts({ client, table }: Omit<StoreOptions, 'clock'>): Accounts {
  return {
    async get(username) {
      const get = new GetCommand({ TableName: table, Key: { username }, ConsistentRead: true })
      const { Item: item } = await client.send(get)
      return item && readRow(account, table, username, item)
    },

    async put(row) {
      await client.send(new PutCommand({ TableName: table, Item: row }))
    },

    async forget(username, hash) {
      const remove = new DeleteCommand({
        TableName: table,
        Key: { username },
        ConditionExpression: STILL_HOLDS_HASH,
        ExpressionAttributeNames: { '#hash': 'hash' },
        ExpressionAttributeValues: { ':hash': hash },
      })
      await ifHeld(client.send(remove))
    },
  }
}
