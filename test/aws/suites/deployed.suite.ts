import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { documentClient } from '../../../shared/stores/dynamo/client.ts'
import { JoinRefused, type WebUser } from '../../support/web-user.ts'
import { DeployedBridge } from './deployed-bridge.ts'

/** What was deployed to an emulator, reached as clients reach it. The runner says where it is. */

const ORIGIN = 'https://chat.example.org'
const WAIT = { timeout: 30_000, interval: 100 }
const tablePrefix = env('TEST_TABLE_PREFIX')
const client = documentClient()
let bridge: DeployedBridge
beforeAll(async () => {
  bridge = await DeployedBridge.start({
    endpoint: env('AWS_ENDPOINT_URL'),
    webSocketUrl: env('TEST_WEBSOCKET_URL'),
    workerImage: env('TEST_WORKER_IMAGE'),
    logFolder: env('TEST_LOG_FOLDER'),
  })
})
afterAll(async () => {
  client.destroy()
  await bridge.stop()
})

function env(name: string): string {
  return process.env[name] ?? ''
}

async function signIn(username: string): Promise<WebUser> {
  const user = await bridge.connect({ origin: ORIGIN })
  await user.join(username, `${username}-pass`)
  return user
}

test('[MS1] a page of the allowed origin gets in and its subprotocol back; one of another is refused with 403', async () => {
  const user = await bridge.connect({ origin: ORIGIN, protocols: ['stanzagate.v1'] })
  expect(user.protocol).toBe('stanzagate.v1')
  const refused = bridge.connect({ origin: 'https://elsewhere.example.org' })
  await expect(refused).rejects.toMatchObject({ name: 'Refused', statusCode: 403 })
})

test('[MS2] two people join and talk: function, hand-off, worker, XMPP server and back', async () => {
  const sergio = await signIn('sergio')
  const jose = await signIn('jose')
  sergio.send({ messageType: 'NEW_MESSAGE', to: 'jose', content: 'hello wörld', id: 'm1' })
  expect(await jose.waitFor('NEW_MESSAGE')).toMatchObject({
    from: 'sergio',
    content: 'hello wörld',
    id: 'm1',
  })
})

test('[MS3] JOIN with a wrong password is FORBIDDEN', async () => {
  await signIn('ana')
  const thief = await bridge.connect({ origin: ORIGIN })
  const refused = await thief.join('ana', 'guessed', { id: 'j1' }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(JoinRefused)
  expect(refused).toMatchObject({ frame: { messageType: 'FORBIDDEN', code: 'bad-credentials', id: 'j1' } })
})

test('[MS4] a frame before JOIN gets ERROR not-joined', async () => {
  const user = await bridge.connect({ origin: ORIGIN })
  user.send({ messageType: 'NEW_MESSAGE', to: 'jose', content: 'hi', id: 'm1' })
  expect(await user.waitFor('ERROR')).toMatchObject({ code: 'not-joined', id: 'm1' })
})

test('[MS5] what is stored of a password is its bcrypt hash, and under the key of the stack what a successor logs in with', async () => {
  await signIn('eva')
  const account = { TableName: `${tablePrefix}accounts`, Key: { username: 'eva' } }
  // It is written once the XMPP server has taken the password, and nobody waits for that.
  const row = await vi.waitUntil(async () => (await client.send(new GetCommand(account))).Item, WAIT)
  expect(row['hash']).toMatch(/^\$2[aby]\$10\$/)
  const { Items: sessions = [] } = await client.send(new ScanCommand({ TableName: `${tablePrefix}sessions` }))
  expect(sessions.find(each => each['username'] === 'eva')?.['credential']).toMatch(/^kms1\./)
  expect(JSON.stringify(sessions)).not.toContain('eva-pass')
})

test('[MS6] $disconnect reaches the worker, which forgets the socket', async () => {
  const user = await signIn('luis')
  const connections = async () =>
    (await client.send(new ScanCommand({ TableName: `${tablePrefix}connections` }))).Count ?? 0
  const before = await connections()
  await user.close()
  await vi.waitUntil(async () => (await connections()) < before, WAIT)
})
