import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { xml } from '@xmpp/client'
import { ejabberdAvailable, startEjabberd, type EjabberdServer } from './ejabberd.ts'
import { XmppUser } from './xmpp-user.ts'

const installed = ejabberdAvailable()
const skipped = !installed.available && process.env['CI'] !== 'true'
if (!installed.available) console.warn(`${skipped ? 'skipped' : 'failing'}: ${installed.reason}`)

test('[EJ1] without Erlang on PATH, ejabberd is not available, and the reason says so', () => {
  expect(ejabberdAvailable('/nowhere')).toMatchObject({
    available: false,
    reason: expect.stringMatching(/erl|ejabberd/),
  })
})

describe.skipIf(skipped)('a running ejabberd', () => {
  let dataDir: string
  let server: EjabberdServer
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'stanzagate-test-'))
    server = await startEjabberd({ dataDir })
  }, 60_000)
  afterAll(async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  test('[EJ2] takes accounts one after the other, and logins over TLS and WebSocket', async () => {
    await XmppUser.register(server, 'sergio', 'pass')
    await XmppUser.register(server, 'jose', 'secret')
    await expect(XmppUser.register(server, 'jose', 'other')).rejects.toMatchObject({ condition: 'conflict' })
    const sergio = await XmppUser.login(server, 'sergio', 'pass')
    const jose = await XmppUser.login(server, 'jose', 'secret', { transport: 'websocket' })
    await sergio.send(jose.bareJid, 'hello 🎈')
    await jose.waitForMessage('hello 🎈', sergio.jid)
    await jose.logout()
    await sergio.logout()
  })

  test('[EJ3] has what the bridge builds on: archive, carbons, registration, blocking', async () => {
    await XmppUser.register(server, 'curious', 'pass')
    const curious = await XmppUser.login(server, 'curious', 'pass')
    const info = xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' })
    const ofAccount = await curious.request(xml('iq', { type: 'get', to: curious.bareJid }, info))
    const ofServer = await curious.request(xml('iq', { type: 'get', to: server.domain }, info))
    const features = [ofAccount, ofServer].flatMap(
      answer =>
        answer
          .getChild('query')
          ?.getChildren('feature')
          .map(feature => String(feature.attrs['var'])) ?? [],
    )
    expect(features).toEqual(
      expect.arrayContaining([
        'urn:xmpp:mam:2',
        'urn:xmpp:carbons:2',
        'jabber:iq:register',
        'urn:xmpp:blocking',
      ]),
    )
    await curious.logout()
  })

  test('[EJ4] keeps what it has over a restart, and is gone after stop', async () => {
    await XmppUser.register(server, 'stays', 'pass')
    const { pid } = server
    await server.stop()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    server = await startEjabberd({ dataDir })
    await (await XmppUser.login(server, 'stays', 'pass')).logout()
  }, 60_000)
})
