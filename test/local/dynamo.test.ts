import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { onTestFinished, expect, test } from 'vitest'
import { startDynamo, StoreUnusable, type DynamoOptions, type LocalDynamo } from '../../local/dynamo.ts'
import { createTableInput } from '../../local/dynamo/tables.ts'
import { PortTaken } from '../../local/ports.ts'
import type { TableDefinition } from '../../shared/stores/table.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const sessions: TableDefinition = {
  name: 'sessions',
  key: 'sessionId',
  indexes: [
    { name: 'byWorker', key: 'workerId' },
    { name: 'byUser', key: 'username' },
  ],
}
const TABLES = [{ physicalName: 'test-sessions', definition: sessions }]

async function start(options: Partial<DynamoOptions> = {}): Promise<LocalDynamo> {
  const dynamo = await startDynamo({ tables: TABLES, ...options })
  onTestFinished(() => dynamo.stop())
  return dynamo
}

function clientOf(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  onTestFinished(() => client.destroy())
  return client
}

function put(client: DynamoDBClient, sessionId: string) {
  const Item = {
    sessionId: { S: sessionId },
    workerId: { S: 'w1' },
    username: { S: 'u1' },
    padding: { S: 'x'.repeat(500) },
  }
  return client.send(new PutItemCommand({ TableName: 'test-sessions', Item }))
}

async function has(client: DynamoDBClient, sessionId: string): Promise<boolean> {
  const Key = { sessionId: { S: sessionId } }
  return (await client.send(new GetItemCommand({ TableName: 'test-sessions', Key }))).Item !== undefined
}

test.each([
  ['byWorker', 'workerId', 'w1'],
  ['byUser', 'username', 'u1'],
])(
  '[DY1] a table is made as it is defined, with its keys-only indexes: %s',
  async (IndexName, key, value) => {
    const client = clientOf((await start()).endpoint)
    await put(client, 's1')
    const found = await client.send(
      new QueryCommand({
        TableName: 'test-sessions',
        IndexName,
        KeyConditionExpression: '#key = :v',
        ExpressionAttributeNames: { '#key': key },
        ExpressionAttributeValues: { ':v': { S: value } },
      }),
    )
    expect(found.Items).toEqual([{ sessionId: { S: 's1' }, [key]: { S: value } }])
  },
)

test('[DY2] a table without an index declares its key alone', () => {
  const input = createTableInput({
    physicalName: 'p',
    definition: { name: 'accounts', key: 'username', ttl: 'expiresAt' },
  })
  expect(input.AttributeDefinitions).toEqual([{ AttributeName: 'username', AttributeType: 'S' }])
  expect(input.GlobalSecondaryIndexes).toBeUndefined()
})

test('[DY3] what was written is there after a restart, and a table that is new by then is made', async () => {
  const dataDir = await temporaryFolder()
  const first = await start({ dataDir })
  await put(clientOf(first.endpoint), 's1')
  await first.stop()
  const later = { physicalName: 'test-later', definition: { name: 'later', key: 'id' } }
  const client = clientOf((await start({ dataDir, tables: [...TABLES, later] })).endpoint)
  expect(await has(client, 's1')).toBe(true)
  await client.send(new PutItemCommand({ TableName: 'test-later', Item: { id: { S: '1' } } }))
})

test('[DY9] a table that an older version made with other indexes is made anew; the others keep their rows', async () => {
  const dataDir = await temporaryFolder()
  const accounts = { physicalName: 'test-accounts', definition: { name: 'accounts', key: 'username' } }
  const older = { ...sessions, indexes: [{ name: 'byWorker', key: 'workerId' }] }
  const before = [{ physicalName: 'test-sessions', definition: older }, accounts]
  const first = await start({ dataDir, tables: before })
  const Item = { username: { S: 'ana' } }
  await put(clientOf(first.endpoint), 's1')
  await clientOf(first.endpoint).send(new PutItemCommand({ TableName: 'test-accounts', Item }))
  await first.stop()
  const client = clientOf((await start({ dataDir, tables: [...TABLES, accounts] })).endpoint)
  expect(await has(client, 's1')).toBe(false)
  await put(client, 's2')
  const kept = await client.send(new GetItemCommand({ TableName: 'test-accounts', Key: Item }))
  expect(kept.Item).toEqual(Item)
})

test('[DY4] a SIGKILL amid writes loses nothing that was acknowledged', async () => {
  const dataDir = await temporaryFolder()
  const child = await startInChild(dataDir)
  const client = clientOf(child.endpoint)
  const acknowledged: string[] = []
  const writer = async (name: string) => {
    for (let n = 0; ; n++) {
      await put(client, `${name}-${n}`)
      acknowledged.push(`${name}-${n}`)
      if (acknowledged.length === 300) child.kill()
    }
  }
  const writers = await Promise.allSettled(['a', 'b', 'c', 'd'].map(writer))
  expect(writers.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))

  const reopened = clientOf((await start({ dataDir })).endpoint)
  const kept = await Promise.all(acknowledged.map(id => has(reopened, id)))
  expect(acknowledged.length).toBeGreaterThanOrEqual(300)
  expect(kept.filter(there => !there)).toEqual([])
  await put(reopened, 'afterwards')
})

async function startInChild(dataDir: string): Promise<{ endpoint: string; kill: () => void }> {
  const module = new URL('../../local/dynamo.ts', import.meta.url).href
  const script = `const { startDynamo } = await import(${JSON.stringify(module)})
    const dynamo = await startDynamo(${JSON.stringify({ dataDir, tables: TABLES })})
    console.log(dynamo.endpoint)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [endpoint] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { endpoint, kill: () => void child.kill('SIGKILL') }
}

test('[DY5] a client that dies amid its request does no harm, and does not hold up the end', async () => {
  const dynamo = await start()
  const dying = connect(dynamo.port, '127.0.0.1')
  await once(dying, 'connect')
  dying.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"Tab')
  const client = clientOf(dynamo.endpoint)
  await put(client, 's1')
  dying.destroy()
  await put(client, 's2')
  expect(await has(client, 's2')).toBe(true)
  await dynamo.stop()
})

test('[DY6] a folder in use by another stack is refused with the setting to change', async () => {
  const dataDir = await temporaryFolder()
  await start({ dataDir })
  const second = startDynamo({ dataDir, tables: TABLES })
  await expect(second).rejects.toThrow(StoreUnusable)
  await expect(second).rejects.toThrow('another running stack uses it (give this one another DATA_DIR)')
})

test('[DY7] a folder that cannot be one is refused in a sentence', async () => {
  const file = join(await temporaryFolder(), 'file')
  await writeFile(file, '')
  const failure = startDynamo({ dataDir: file, tables: TABLES })
  await expect(failure).rejects.toThrow(`the store ${file} cannot be opened: EEXIST`)
})

test('[DY8] a taken port is refused by its number', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  await expect(startDynamo({ port, tables: TABLES })).rejects.toThrow(PortTaken)
})
