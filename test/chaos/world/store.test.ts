import { join } from 'node:path'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock as clock } from '../../../shared/clock.ts'
import { documentClient } from '../../../shared/stores/dynamo/client.ts'
import { dynamoSessions } from '../../../shared/stores/dynamo/sessions.ts'
import { sessionRowOf, workerIdOf } from '../../shared/stores/rows.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { readSessionWrites } from '../history/read.ts'
import { Store } from './store.ts'

/** A store, and clients for it, each with a key. */
async function started() {
  const sessionsFile = join(await temporaryFolder(), 'sessions.jsonl')
  const lifetime = new AsyncDisposableStack()
  onTestFinished(() => lifetime.disposeAsync())
  const store = await Store.start(lifetime, sessionsFile)
  const clientOf = (accessKeyId: string) => {
    const client = documentClient({
      endpoint: `http://127.0.0.1:${store.port}`,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey: 'test' },
      maxAttempts: 1,
    })
    lifetime.defer(() => client.destroy())
    return client
  }
  return { store, clientOf, sessionsFile }
}

test('[CW1] the store takes what belongs into its tables, counts it, and fails or throttles for as long as it is told to, by whichever ends last', async () => {
  const { store, clientOf } = await started()
  const client = clientOf('test')
  const Item = { workerId: { S: 'w' } }
  const put = () => client.send(new PutItemCommand({ TableName: 'stanzagate-workers', Item }))
  await store.setFailing(true)
  await expect(put()).rejects.toMatchObject({ name: 'InternalServerError' })
  await store.setFailing(false)
  const [first, second] = [{ rate: 1 }, { rate: 1 }]
  await store.throttle(first)
  await store.throttle(second)
  await store.unthrottle(first)
  await expect(put()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
  await store.unthrottle(second)
  await put()
  expect(await store.countWrites()).toEqual({ 'stanzagate-workers': 1 })
})

test('[CW4] what workers write about sessions is written down: by whom, in which epoch, and whether it was taken', async () => {
  const { clientOf, sessionsFile } = await started()
  const sessionsOf = (key: string) =>
    dynamoSessions({ client: clientOf(key), table: 'stanzagate-sessions', clock })
  const [one, other] = [sessionsOf('worker-1'), sessionsOf('worker-2')]
  const row = sessionRowOf('a')
  const { sessionId: session, owner } = row
  const successor = workerIdOf('b')
  await one.create(row)
  await one.update(row, { presence: 'here', resumption: undefined })
  await other.claim(row, successor)
  await one.update(row, { presence: 'there' })
  await one.remove(row)
  await other.remove({ sessionId: session, owner: successor, epoch: 2 })
  expect(await readSessionWrites(sessionsFile)).toMatchObject([
    { kind: 'create', by: 'worker-1', session, taken: true, user: row.username, owner, epoch: 1 },
    { kind: 'change', by: 'worker-1', session, taken: true, under: 1 },
    { kind: 'claim', by: 'worker-2', session, taken: true, under: 1, owner: successor, epoch: 2 },
    { kind: 'change', by: 'worker-1', session, taken: false, under: 1 },
    { kind: 'delete', by: 'worker-1', session, taken: false, under: 1 },
    { kind: 'delete', by: 'worker-2', session, taken: true, under: 2 },
  ])
})
