import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { connectionRow, type Connections } from '../connections.ts'
import { ifHeld, isLive, readRow, type StoreOptions } from './row.ts'

const STILL_NAMES_SESSION = '#session = :session'

/** Connections on DynamoDB. `get` throws BadRow; every method throws what the SDK throws. */
export function dynamoConnections({ client, table, clock }: StoreOptions): Connections {
  return {
    async get(id) {
      const get = new GetCommand({ TableName: table, Key: { connectionId: id }, ConsistentRead: true })
      const { Item: item } = await client.send(get)
      const row = item && readRow(connectionRow, table, id, item)
      return row && isLive(row, clock) ? row : undefined
    },

    async put(row) {
      const put = new PutCommand({ TableName: table, Item: row, ReturnValues: 'ALL_OLD' })
      const { Attributes: old } = await client.send(put)
      // A try that the SDK repeats finds its own row; a row that cannot be read names no session to care for.
      const before = connectionRow.safeParse(old).data?.sessionId
      return before === row.sessionId ? undefined : before
    },

    async remove(id, session) {
      const remove = new DeleteCommand({
        TableName: table,
        Key: { connectionId: id },
        ConditionExpression: STILL_NAMES_SESSION,
        ExpressionAttributeNames: { '#session': 'sessionId' },
        ExpressionAttributeValues: { ':session': session },
      })
      await ifHeld(client.send(remove))
    },
  }
}
