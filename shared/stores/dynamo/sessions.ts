import { BatchGetCommand, DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { sessionRow, sessionsTable, type SessionRow, type Sessions, type Tenure } from '../sessions.ts'
import { keysIn } from './query.ts'
import { ifHeld, isLive, readRow, type StoreOptions } from './row.ts'
import { partialUpdate } from './update.ts'

const IS_NEW = 'attribute_not_exists(#id)'
// A comparison with a missing attribute is false, so a deleted row fails this as well.
const IN_TENURE = '#owner = :owner AND #epoch = :epoch'
const [BY_OWNER, BY_USER] = sessionsTable.indexes
/** "BatchGetItem": no more keys in one request. */
const READ_AT_ONCE = 100

/** Sessions on DynamoDB. `get` and `claim` throw BadRow; every method throws what the SDK throws. */
export function dynamoSessions(store: StoreOptions): Sessions {
  const { client, table } = store
  return {
    get: id => read(store, id),

    getMany: ids => readMany(store, ids),

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
      const { expression, names, values } = partialUpdate(change)
      const update = new UpdateCommand({
        TableName: table,
        Key: { sessionId: tenure.sessionId },
        UpdateExpression: expression,
        ConditionExpression: IN_TENURE,
        ExpressionAttributeNames: { ...condition.names, ...names },
        ExpressionAttributeValues: { ...condition.values, ...values },
      })
      return (await ifHeld(client.send(update))) !== undefined
    },

    claim: (tenure, owner) => claim(store, tenure, owner),

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

    ownedBy: owner => keysIn(store, { ...BY_OWNER, value: owner }, sessionsTable.key),

    ofUser: username => keysIn(store, { ...BY_USER, value: username }, sessionsTable.key),
  }
}

async function read({ client, table, clock }: StoreOptions, id: string): Promise<SessionRow | undefined> {
  const get = new GetCommand({ TableName: table, Key: { sessionId: id }, ConsistentRead: true })
  const { Item: item } = await client.send(get)
  const row = item && readRow(sessionRow, table, id, item)
  return row && isLive(row, clock) ? row : undefined
}

type Many = Awaited<ReturnType<Sessions['getMany']>>

async function readMany(store: StoreOptions, ids: readonly string[]): Promise<Many> {
  const pages = Array.from({ length: Math.ceil(ids.length / READ_AT_ONCE) }, (_, page) =>
    readPage(store, ids.slice(page * READ_AT_ONCE, (page + 1) * READ_AT_ONCE)),
  )
  const found = await Promise.all(pages)
  return { rows: found.flatMap(({ rows }) => rows), unread: found.flatMap(({ unread }) => unread) }
}

/** "BatchGetItem": what is too much just now comes back as unprocessed. */
async function readPage({ client, table, clock }: StoreOptions, ids: readonly string[]): Promise<Many> {
  const Keys = ids.map(sessionId => ({ sessionId }))
  const get = new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } })
  const { Responses: items, UnprocessedKeys: left } = await client.send(get)
  const found = (items?.[table] ?? []).map(item => ({
    id: String(item['sessionId']),
    ...sessionRow.safeParse(item),
  }))
  const rows = found.flatMap(({ data }) => (data !== undefined && isLive(data, clock) ? [data] : []))
  const bad = found.filter(({ success }) => !success).map(({ id }) => id)
  const unprocessed = (left?.[table]?.Keys ?? []).map(key => String(key['sessionId']))
  return { rows, unread: [...bad, ...unprocessed] }
}

async function claim(store: StoreOptions, tenure: Tenure, owner: string): Promise<SessionRow | undefined> {
  const { client, table } = store
  const { sessionId } = tenure
  const next = { owner, epoch: tenure.epoch + 1 }
  const condition = inTenure(tenure)
  const update = new UpdateCommand({
    TableName: table,
    Key: { sessionId },
    UpdateExpression: 'SET #owner = :nextOwner, #epoch = :nextEpoch',
    ConditionExpression: IN_TENURE,
    ExpressionAttributeNames: condition.names,
    ExpressionAttributeValues: {
      ...condition.values,
      ':nextOwner': next.owner,
      ':nextEpoch': next.epoch,
    },
    ReturnValues: 'ALL_NEW',
  })
  const claimed = await ifHeld(client.send(update))
  if (claimed) return readRow(sessionRow, table, sessionId, claimed.Attributes)
  // A try whose answer was lost and that the SDK repeats meets the row as it left it itself.
  const row = await read(store, sessionId)
  return row?.owner === next.owner && row.epoch === next.epoch ? row : undefined
}

function inTenure(tenure: Tenure) {
  return {
    names: { '#owner': 'owner', '#epoch': 'epoch' },
    values: { ':owner': tenure.owner, ':epoch': tenure.epoch },
  }
}
