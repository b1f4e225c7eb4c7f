import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import type { Clock } from '../../clock.ts'
import type { Attempts, Budget, Counted } from '../attempts.ts'
import { unixSeconds } from '../table.ts'
import { ifHeld, readRow, type StoreOptions } from './row.ts'

const attemptsRow = z.object({ count: z.int(), windowEndsAtMs: z.int() })

const IN_WINDOW = '(attribute_not_exists(#end) OR #end > :now)'
const HAS_ROOM = '(attribute_not_exists(#count) OR #count < :limit)'
const NO_WINDOW = 'attribute_not_exists(#end) OR #end <= :now'
const ABOVE_ZERO = '#count > :zero'

const NAMES = { '#count': 'count', '#end': 'windowEndsAtMs', '#ttl': 'expiresAt' }

/** Attempts on DynamoDB. `take` throws BadRow; every method throws what the SDK throws. */
export function dynamoAttempts(store: StoreOptions): Attempts {
  const { client, table, clock } = store
  return {
    async take(key, budget) {
      if (budget.limit < 1) return { within: false, retryAfterMs: budget.windowMs }
      const counted = await add(store, key, budget)
      if (counted) return counted
      const row = await read(store, key)
      const leftMs = row ? row.windowEndsAtMs - clock.now() : 0
      if (row && leftMs > 0 && row.count >= budget.limit) return { within: false, retryAfterMs: leftMs }
      // Of those who come to an ended window together one starts it anew, and the others add to that; when it is spent
      // already, it has only just begun.
      const late = (await startAnew(store, key, budget)) ?? (await add(store, key, budget))
      return late ?? { within: false, retryAfterMs: leftMs > 0 ? leftMs : budget.windowMs }
    },

    async giveBack(key) {
      const update = new UpdateCommand({
        TableName: table,
        Key: { key },
        UpdateExpression: 'ADD #count :minusOne',
        ConditionExpression: ABOVE_ZERO,
        ExpressionAttributeNames: { '#count': NAMES['#count'] },
        ExpressionAttributeValues: { ':minusOne': -1, ':zero': 0 },
      })
      await ifHeld(client.send(update))
    },

    async reset(key) {
      await client.send(new DeleteCommand({ TableName: table, Key: { key } }))
    },
  }
}

/** One more in the window that runs, or the first where there is no row. A try that the SDK repeats may count twice. */
async function add(store: StoreOptions, key: string, budget: Budget): Promise<Counted | undefined> {
  const update = new UpdateCommand({
    TableName: store.table,
    Key: { key },
    UpdateExpression:
      'ADD #count :one SET #end = if_not_exists(#end, :end), #ttl = if_not_exists(#ttl, :ttl)',
    ConditionExpression: `${IN_WINDOW} AND ${HAS_ROOM}`,
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ...newWindow(store.clock, budget), ':one': 1, ':limit': budget.limit },
    ReturnValues: 'ALL_NEW',
  })
  const done = await ifHeld(store.client.send(update))
  return done && { within: true, count: readRow(attemptsRow, store.table, key, done.Attributes).count }
}

/** The first in a new window, where none runs. */
async function startAnew(store: StoreOptions, key: string, budget: Budget): Promise<Counted | undefined> {
  const update = new UpdateCommand({
    TableName: store.table,
    Key: { key },
    UpdateExpression: 'SET #count = :one, #end = :end, #ttl = :ttl',
    ConditionExpression: NO_WINDOW,
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ...newWindow(store.clock, budget), ':one': 1 },
  })
  return (await ifHeld(store.client.send(update))) && { within: true, count: 1 }
}

function newWindow(clock: Clock, budget: Budget) {
  const nowMs = clock.now()
  const endMs = nowMs + budget.windowMs
  return { ':now': nowMs, ':end': endMs, ':ttl': unixSeconds(endMs) + 1 }
}

async function read({ client, table }: StoreOptions, key: string) {
  const get = new GetCommand({ TableName: table, Key: { key }, ConsistentRead: true })
  const { Item: item } = await client.send(get)
  return item && readRow(attemptsRow, table, key, item)
}
