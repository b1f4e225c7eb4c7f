import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, onTestFinished, test } from 'vitest'
import { startDynamo } from '../../../local/dynamo.ts'
import { StoreTap } from './tap.ts'

const TABLE = 'chaos-things'
const Key = { id: { S: 'a' } }

/** A store with a table behind a tap, and what asks for something in it. */
async function tapped() {
  const tap = new StoreTap()
  const tables = [{ physicalName: TABLE, definition: { name: 'things', key: 'id' } }]
  const store = await startDynamo({ tables, before: tap.gate })
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
  return { tap, put, touch, get }
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
