import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { sessionRow, type Sessions, type Tenure } from '../sessions.ts'
import { ifHeld, isLive, readRow, type StoreOptions } from './row.ts'

const IS_NEW = 'attribute_not_exists(#id)'
// A comparison with a missing attribute is false, so a deleted row fails this as well.
const IN_TENURE = '#owner = :owner AND #epoch = :epoch'

/** Sessions on DynamoDB. `get` throws BadRow; every method throws what the SDK throws. */
export function dynamoSessions({ client, table, clock }: StoreOptions): Sessions {
  return {
    async get(id) {
      const get = new GetCommand({ TableName: table, Key: { sessionId: id }, ConsistentRead: true })
      const { Item: item } = await client.send(get)
      const row = item && readRow(sessionRow, table, id, item)
      return row && isLive(row, clock) ? row : undefined
    },

    async create(row) {
      const put = new PutCommand({
        TableName: table,
        Item: row,
        ConditionExpression: IS_NEW,
        ExpressionAttributeNames: { '#id': 'sessionId' },
      })
      return (await ifHeld(client.send(put))) !== undefined
    },

    async update(tenure, change) {
      const condition = inTenure(tenure)
      const update = new UpdateCommand({
        TableName: table,
        Key: { sessionId: tenure.sessionId },
        UpdateExpression: 'SET #jid = :jid, #sockets = :sockets, #expiresAt = :expiresAt',
        ConditionExpression: IN_TENURE,
        ExpressionAttributeNames: {
          ...condition.names,
          '#jid': 'jid',
          '#sockets': 'sockets',
          '#expiresAt': 'expiresAt',
        },
        ExpressionAttributeValues: {
          ...condition.values,
          ':jid': change.jid,
          ':sockets': change.sockets,
          ':expiresAt': change.expiresAt,
        },
      })
      return (await ifHeld(client.send(update))) !== undefined
    },

    async remove(tenure) {
      const condition = inTenure(tenure)
      const remove = new DeleteCommand({
        TableName: table,
        Key: { sessionId: tenure.sessionId },
        ConditionExpression: IN_TENURE,
        ExpressionAttributeNames: condition.names,
        ExpressionAttributeValues: condition.values,
      })
      return (await ifHeld(client.send(remove))) !== undefined
    },
  }
}

function inTenure(tenure: Tenure) {
  return {
    names: { '#owner': 'owner', '#epoch': 'epoch' },
    values: { ':owner': tenure.owner, ':epoch': tenure.epoch },
  }
}
