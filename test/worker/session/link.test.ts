import { afterEach, beforeEach, expect, test } from 'vitest'
import { Gate } from '../../../shared/gate.ts'
import { Link } from '../../../worker/session/link.ts'
import { noTrace } from '../../../worker/trace.ts'
import { sessionIdOf } from '../../shared/stores/rows.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeXmpp } from '../../support/fake-xmpp.ts'
import { silentLog } from '../../support/log.ts'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

function setUp() {
  const fence = { open: true }
  const logins = new Gate(1)
  const link = new Link({
    target: { host: '127.0.0.1', port: server.port, domain: 'localhost', security: 'none' },
    credential: async () => ({ kind: 'password', username: 'ana', password: 'p' }),
    resource: 'here',
    resume: undefined,
    limits: { loginTimeoutMs: 15_000, maxStanzaBytes: 262_144 },
    logins,
    fence,
    clock: new FakeClock(),
    trace: noTrace,
    log: silentLog,
    sessionId: sessionIdOf('x'),
    hear: () => undefined,
    acknowledged: () => undefined,
    closed: () => undefined,
  })
  return { fence, logins, link }
}

test('[LI1] a login whose turn comes behind a closed fence fails, and nobody is dialled', async () => {
  const { fence, logins, link } = setUp()
  const before = Promise.withResolvers<void>()
  void logins.run(() => before.promise)
  const login = link.login(false, new AbortController().signal)
  await new Promise(setImmediate)
  expect(logins.waiting).toBe(1)
  fence.open = false
  before.resolve()
  expect(await Promise.race([login, server.accept()])).toEqual({ kind: 'failed', code: 'aborted' })
  expect(link.stream).toBeUndefined()
})

test('[LI2] a login whose turn comes while the fence is open is made', async () => {
  const { logins, link } = setUp()
  const before = Promise.withResolvers<void>()
  void logins.run(() => before.promise)
  const login = link.login(false, new AbortController().signal)
  before.resolve()
  const client = await server.accept()
  await client.admit()
  await client.bind('ana@localhost/here')
  await client.enable()
  expect(await login).toMatchObject({ kind: 'online', resumed: false })
  link.drop()
})

test('[LI3] a login in whose middle the fence closes takes no stream', async () => {
  const { fence, link } = setUp()
  const login = link.login(false, new AbortController().signal)
  const client = await server.accept()
  fence.open = false
  await client.admit()
  expect(await Promise.race([login, client.read()])).toMatchObject({ kind: 'failed' })
  expect(link.stream).toBeUndefined()
})
