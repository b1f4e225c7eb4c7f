import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { expect, test, vi } from 'vitest'
import { JoinRefused } from '../support/web-user.ts'
import { visit } from '../target/visit.ts'

/** What a deployment has to see to: settings, tables and the key. */

const ORIGIN = 'https://chat.example.org'
const WAIT = { timeout: 30_000, interval: 100 }
const bridge = visit()

test('[MS1] a page of the allowed origin gets in and its subprotocol back; one of another is refused with 403', async () => {
  const user = await bridge.connect({ origin: ORIGIN, protocols: ['stanzagate.v1'] })
  expect(user.protocol).toBe('stanzagate.v1')
  const refused = bridge.connect({ origin: 'https://elsewhere.example.org' })
  await expect(refused).rejects.toMatchObject({ name: 'Refused', statusCode: 403 })
})

test('[MS2] JOIN with a wrong password is FORBIDDEN', async () => {
  const [ana] = bridge.people('ana')
  await bridge.signIn(ana)
  const thief = await bridge.connect()
  const refused = await thief.join(ana.username, 'guessed', { id: 'j1' }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(JoinRefused)
  expect(refused).toMatchObject({ frame: { messageType: 'FORBIDDEN', code: 'bad-credentials', id: 'j1' } })
})

test('[MS3] a frame before JOIN gets ERROR not-joined', async () => {
  const user = await bridge.connect()
  user.send({ messageType: 'NEW_MESSAGE', to: 'jose', content: 'hi', id: 'm1' })
  expect(await user.waitFor('ERROR')).toMatchObject({ code: 'not-joined', id: 'm1' })
})

test('[MS4] what is stored of a password is its bcrypt hash, and under the key of the stack what a successor logs in with', async () => {
  const [eva] = bridge.people('eva')
  await bridge.signIn(eva)
  const { client, prefix } = bridge.tables
  const account = { TableName: `${prefix}accounts`, Key: { username: eva.username } }
  // It is written once the XMPP server has taken the password, and nobody waits for that.
  const row = await vi.waitUntil(async () => (await client.send(new GetCommand(account))).Item, WAIT)
  expect(row['hash']).toMatch(/^\$2[aby]\$10\$/)
  const scan = new ScanCommand({ TableName: `${prefix}sessions` })
  const { Items: sessions = [] } = await client.send(scan)
  expect(sessions.find(each => each['username'] === eva.username)?.['credential']).toMatch(/^kms1\./)
  expect(JSON.stringify(sessions)).not.toContain(eva.password)
})
