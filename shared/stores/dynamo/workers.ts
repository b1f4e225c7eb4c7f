import { DeleteCommand, GetCommand, paginateScan, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { workerRow, type WorkerRow, type Workers } from '../workers.ts'
import { BadRow, ifHeld, isLive, readRow, type StoreOptions } from './row.ts'

const NOT_DECLARED_DEAD = 'attribute_not_exists(#phase) OR #phase <> :dead'
// A comparison with a missing attribute is false, so a deleted row fails this as well.
const NOT_RENEWED = '#counter = :counter'

export interface WorkersOptions extends StoreOptions {
  /** `list` leaves a bad row out, so that one worker of another version does not hide all others, and tells it here. */
  readonly onBadRow: (error: BadRow) => void
}

/** Workers on DynamoDB. `get` throws BadRow; every method throws what the SDK throws. */
export function dynamoWorkers({ client, table, clock, onBadRow }: WorkersOptions): Workers {
  function read(item: Record<string, unknown>): WorkerRow | undefined {
    const row = readRow(workerRow, table, String(item['workerId']), item)
    return isLive(row, clock) ? row : undefined
  }

  function readOrTell(item: Record<string, unknown>): WorkerRow | undefined {
    try {
      return read(item)
    } catch (error) {
      if (!(error instanceof BadRow)) throw error
      onBadRow(error)
      return undefined
    }
  }

  return {
    async put(row) {
      const put = new PutCommand({
        TableName: table,
        Item: row,
        ConditionExpression: NOT_DECLARED_DEAD,
        ExpressionAttributeNames: { '#phase': 'phase' },
        ExpressionAttributeValues: { ':dead': 'dead' },
      })
      return (await ifHeld(client.send(put))) !== undefined
    },

    async revive(row) {
      await client.send(new PutCommand({ TableName: table, Item: row }))
    },

    async declareDead({ workerId, counter }, expiresAt) {
      const update = new UpdateCommand({
        TableName: table,
        Key: { workerId },
        UpdateExpression: 'SET #phase = :dead, #expiresAt = :expiresAt',
        ConditionExpression: NOT_RENEWED,
        ExpressionAttributeNames: { '#phase': 'phase', '#expiresAt': 'expiresAt', '#counter': 'counter' },
        ExpressionAttributeValues: { ':dead': 'dead', ':expiresAt': expiresAt, ':counter': counter },
      })
      return (await ifHeld(client.send(update))) !== undefined
    },

    async get(id) {
      const get = new GetCommand({ TableName: table, Key: { workerId: id }, ConsistentRead: true })
      const { Item: item } = await client.send(get)
      return item && read(item)
    },

    async list() {
      const rows: WorkerRow[] = []
      for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
        rows.push(...(page.Items ?? []).flatMap(item => readOrTell(item) ?? []))
      }
      return rows
    },

    async remove(id) {
      await client.send(new DeleteCommand({ TableName: table, Key: { workerId: id } }))
    },
  }
}
