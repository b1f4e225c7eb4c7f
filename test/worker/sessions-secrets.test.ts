import { afterEach, beforeEach, expect, test } from 'vitest'
import { BIND, SM } from '../support/fake-xmpp.ts'
import { keptLog } from '../support/log.ts'
import { eventually } from './session/eventually.ts'
import { JOIN, World } from './session/world.ts'
import { XmppSide } from './session/xmpp-side.ts'

let world: World
beforeEach(async () => {
  world = await World.start()
})
afterEach(() => world.stop())

const PASSWORD = 'PLANTED-PASSWORD'

test('[SS1] the rows of a session hold neither its password nor its token', async () => {
  const { sessionId, token } = await world
    .worker('a')
    .join('c1=', { mode: 'sequenced', password: PASSWORD, username: 'ana' })
  const rows = JSON.stringify([[...world.sessions.rows.values()], [...world.connections.rows.values()]])
  expect(rows).toContain(sessionId)
  expect(rows).not.toContain('PLANTED')
  expect(rows).not.toContain(token.slice(sessionId.length + 1))
  expect(world.row(sessionId)?.credential).toMatch(/^aes1\./)
})

test('[SS2] a credential that cannot be sealed is not stored, and the JOIN comes to nothing', async () => {
  const lines: string[] = []
  const down = () => Promise.reject(new Error('KMS is away'))
  const worker = world.worker('a', { seal: { seal: down, open: down }, log: keptLog(lines) })
  const opened = worker.sessions.open({ ...JOIN, password: PASSWORD })
  const xmpp = await XmppSide.accept(world.server)
  await xmpp.admit()
  xmpp.play()
  expect(await opened).toEqual({ kind: 'unavailable' })
  expect(world.sessions.rows.size).toBe(0)
  expect(worker.sessions.count).toBe(0)
  expect(lines.join('\n')).toContain('a credential could not be sealed')
  expect(lines.join('\n')).not.toContain('PLANTED')
})

test('[SS3] each session asks for a resource of its own, with 64 bits that nobody can guess (RFC 6120 13.10.2)', async () => {
  const resources = new Set<string | null | undefined>()
  for (const connectionId of ['c1=', 'c2=']) {
    void world.worker('a').sessions.open({ ...JOIN, connectionId })
    const client = await world.server.accept()
    await client.admit(BIND, SM)
    const bind = await client.read()
    resources.add(bind.getChild('bind')?.getChildText('resource'))
    client.drop()
  }
  expect(resources.size).toBe(2)
  for (const resource of resources) expect(resource).toMatch(/^stanzagate-[\w-]{11}$/)
})

test('[SS4] no log line of a session names its user, whom the user talks to, or what is said', async () => {
  const lines: string[] = []
  const worker = world.worker('a', { log: keptLog(lines) })
  const { sessionId, xmpp } = await worker.join('c1=', { username: 'canary-user', password: PASSWORD })
  worker.send(sessionId, 'c1=', { messageType: 'NEW_MESSAGE', to: 'canary-friend', content: 'canary-text' })
  xmpp.stanza(`<message from='canary-stranger@localhost/x'><body>canary-text</body></message>`)
  await world.until('c1=', 'NEW_MESSAGE')
  worker.send(sessionId, 'c1=', { messageType: 'NEW_MESSAGE', to: 'canary friend', content: 'canary-text' })
  await world.until('c1=', 'ERROR')
  xmpp.client.write('<canary-element>&canary-entity;')
  await eventually(() => lines.some(line => line.includes('a stream ended')))
  worker.send(sessionId, 'c1=', { messageType: 'LEAVE' })
  await eventually(() => lines.some(line => line.includes('a session ends')))
  expect(lines.filter(line => /canary|PLANTED/.test(line))).toEqual([])
})
