import { DeleteCommand, GetCommand, paginateScan, PutCommand } from '@aws-sdk/lib-dynamodb'
import { workerRow, type WorkerRow, type Workers } from '../workers.ts'
import { BadRow, isLive, readRow, type StoreOptions } from './row.ts'

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
      await client.send(new PutCommand({ TableName: table, Item: row }))
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
