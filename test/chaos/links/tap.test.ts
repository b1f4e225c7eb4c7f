import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startDynamo, type RequestGate } from '../../../local/dynamo.ts'
import { StoreTap, type StoreWrite } from './tap.ts'

const TABLE = 'chaos-things'
const Key = { id: { S: 'a' } }

interface Circumstances {
  /** When a put is read, and not yet done. */
  readonly onPut?: (socket: Socket) => void
  readonly random?: () => number
}

/** A store with a table behind a tap, and what asks for something in it. */
async function tapped({ onPut = () => undefined, random = () => 0 }: Circumstances = {}) {
  const heard: StoreWrite[] = []
  const tap = new StoreTap(write => heard.push(write), random)
  const tables = [{ physicalName: TABLE, definition: { name: 'things', key: 'id' } }]
  const before: RequestGate = (request, response, next) => {
    tap.gate(request, response, next)
    if (String(request.headers['x-amz-target']).endsWith('PutItem'))
      request.once('end', () => onPut(request.socket))
  }
  const store = await startDynamo({ tables, before })
  const client = new DynamoDBClient({
    endpoint: store.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  onTestFinished(async () => {
    client.destroy()
    await store.stop()
  })
  const put = (text: string) =>
    client.send(new PutItemCommand({ TableName: TABLE, Item: { ...Key, text: { S: text } } }))
  const touch = () =>
    client.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key,
        UpdateExpression: 'SET seen = :seen',
        ExpressionAttributeValues: { ':seen': { BOOL: true } },
      }),
    )
  const get = async () => (await client.send(new GetItemCommand({ TableName: TABLE, Key }))).Item
  return { tap, heard, client, put, touch, get }
}

test('[CL6] the tap passes calls on and counts the writes to each table; reads are none', async () => {
  const { tap, put, touch, get } = await tapped()
  // It comes in many pieces.
  const text = 'x'.repeat(300_000)
  await put(text)
  await touch()
  await touch()
  expect(await get()).toEqual({ ...Key, text: { S: text }, seen: { BOOL: true } })
  expect(tap.writes).toEqual({ [TABLE]: 3 })
})

test('[CL7] a failing store answers with the error that the SDK knows, does nothing, and counts nothing', async () => {
  const { tap, put, get } = await tapped()
  tap.failing = true
  await expect(put('lost')).rejects.toMatchObject({
    name: 'InternalServerError',
    $metadata: { httpStatusCode: 500 },
  })
  expect(tap.writes).toEqual({})
  tap.failing = false
  expect(await get()).toBeUndefined()
})

test('[CL10] a store that is asked for too much throttles the share it is told to, and does the rest', async () => {
  const draws = [0.4, 0.6, 0.5]
  const { tap, put, get } = await tapped({ random: () => draws.shift() ?? 1 })
  tap.throttled = 0.5
  await expect(put('too much')).rejects.toMatchObject({
    name: 'ProvisionedThroughputExceededException',
    $metadata: { httpStatusCode: 400 },
  })
  await put('taken')
  expect(tap.writes).toEqual({ [TABLE]: 1 })
  tap.throttled = 0
  expect(await get()).toMatchObject({ text: { S: 'taken' } })
})

test('[CL8] each write is told with who signed it and whether its condition held', async () => {
  const { client, heard, put } = await tapped()
  await put('first')
  const Item = { ...Key, text: { S: 'second' } }
  const onlyNew = { TableName: TABLE, Item, ConditionExpression: 'attribute_not_exists(id)' }
  await expect(client.send(new PutItemCommand(onlyNew))).rejects.toThrow()
  const write = { by: 'test', operation: 'PutItem', table: TABLE }
  expect(heard).toMatchObject([
    { ...write, taken: true },
    { ...write, taken: false, request: { Item } },
  ])
})

test('[CL9] a write is told though whoever asked for it is gone before the answer', async () => {
  const { heard, put, get } = await tapped({ onPut: socket => socket.destroy() })
  await expect(put('last')).rejects.toThrow()
  await vi.waitUntil(() => heard.length > 0)
  expect(heard).toMatchObject([{ operation: 'PutItem', taken: true }])
  expect(await get()).toMatchObject({ text: { S: 'last' } })
})
