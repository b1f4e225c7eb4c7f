import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, onTestFinished, test } from 'vitest'
import { Store } from './store.ts'

test('[CW1] the store takes what belongs into its tables, counts it, and fails for as long as it is told to', async () => {
  const lifetime = new AsyncDisposableStack()
  onTestFinished(() => lifetime.disposeAsync())
  const store = await Store.start(lifetime)
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${store.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  lifetime.defer(() => client.destroy())
  const Item = { workerId: { S: 'w' } }
  const put = () => client.send(new PutItemCommand({ TableName: 'stanzagate-workers', Item }))
  await store.setFailing(true)
  await expect(put()).rejects.toMatchObject({ name: 'InternalServerError' })
  await store.setFailing(false)
  await put()
  expect(await store.countWrites()).toEqual({ 'stanzagate-workers': 1 })
})
