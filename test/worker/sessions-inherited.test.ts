import { afterEach, beforeEach, expect, test } from 'vitest'
import { workerIdOf } from '../shared/stores/rows.ts'
import { eventually } from './session/eventually.ts'
import { claim, join, withMid } from './session/sequenced.ts'
import { JOIN, World, type FakeWorker } from './session/world.ts'
import { XmppSide } from './session/xmpp-side.ts'

/** A row that could not be read is read again after this. */
const LOOK_AGAIN_MS = 1000

let world: World
let worker: FakeWorker
let peer: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a')
  peer = world.worker('b')
})
afterEach(() => world.stop())

/** A session of ana's at `c1=` whose worker is gone, and what `c1=` had got until then. */
async function orphan(mode: 'simple' | 'sequenced' = 'sequenced') {
  const { sessionId, xmpp, token } = await worker.join('c1=', { mode })
  if (mode === 'sequenced') await world.until('c1=', 'SNAPSHOT')
  worker.sessions.lose(sessionId)
  return { sessionId, xmpp, token, told: world.types('c1=') }
}

/** The socket becomes another session's, of which the worker that is gone hears nothing. */
function take(connectionId: string): Promise<unknown> {
  return world.connections.put({ connectionId, sessionId: 's_of_somebody_else', expiresAt: 0 })
}

/** The peer takes the session over. */
async function adopt(sessionId: string): Promise<void> {
  const row = await claim(world, sessionId, 'b')
  return peer.sessions.adopt(row)
}

async function resume(xmpp: XmppSide, next: XmppSide): Promise<void> {
  await next.askedToResume()
  next.resumed()
  for (let n = 1; n <= xmpp.written; n += 1) next.stanza(`<iq type='result' id='old${n}'/>`)
  next.message('a secret', withMid(1))
  next.play()
}

test.each([
  ['simple', 'that is another session’s', () => take('c1=')],
  ['sequenced', 'that is another session’s', () => take('c1=')],
  ['sequenced', 'without a row', () => Promise.resolve(world.connections.rows.delete('c1='))],
] as const)(
  '[IH1] a %s session that is taken over with a socket %s pushes nothing there, and goes on at its next',
  async (mode, _whose, leaves) => {
    const { sessionId, xmpp, token, told } = await orphan(mode)
    await leaves()
    void adopt(sessionId)
    const next = await XmppSide.accept(world.server, xmpp.received)
    await resume(xmpp, next)
    await peer.sessions.settled(sessionId)
    await eventually(() => world.row(sessionId)?.sockets.length === 0)
    expect(world.row(sessionId)).toMatchObject({ owner: workerIdOf('b'), detachedAt: world.clock.now() })
    expect(peer.send(sessionId, 'c1=', { messageType: 'PING' })).toBe(false)
    if (mode === 'simple') await peer.sessions.open({ ...JOIN, verified: true, connectionId: 'c2=' })
    else await peer.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
    expect(await world.until('c2=', 'NEW_MESSAGE')).toMatchObject({ content: 'a secret' })
    expect(world.types('c1=')).toEqual(told)
    expect(world.hungUp).toEqual([])
  },
)

test('[IH2] a socket that is taken while it is read whose it is: the successor is held by then, and is told', async () => {
  const { sessionId, xmpp, told } = await orphan()
  const reading = Promise.withResolvers<void>()
  world.connections.late = reading.promise
  const adopted = adopt(sessionId)
  const next = await XmppSide.accept(world.server, xmpp.received)
  expect(world.connections.reads).toBe(1)
  await take('c1=')
  expect(peer.sessions.socketGone(sessionId, 'c1=', true)).toBe(true)
  await resume(xmpp, next)
  reading.resolve()
  await adopted
  await next.heard()
  expect(world.types('c1=')).toEqual(told)
  expect(peer.sessions.sockets).toBe(0)
})

test('[IH3] whose the socket is, is read beside the login, and nothing is pushed before both are through', async () => {
  const { sessionId, xmpp, told } = await orphan()
  const reading = Promise.withResolvers<void>()
  world.connections.late = reading.promise
  const adopted = adopt(sessionId)
  const next = await XmppSide.accept(world.server, xmpp.received)
  await resume(xmpp, next)
  await next.heard()
  const written = world.sessions.writes
  expect(world.types('c1=')).toEqual(told)
  expect(peer.batch(sessionId, 'c1=', {})).toBe('later')
  reading.resolve()
  await adopted
  await world.until('c1=', 'NEW_MESSAGE')
  expect(world.sessions.writes).toBe(written + 1)
  expect(world.connections.reads).toBe(1)
})

test('[IH4] while it cannot be read whose the socket is nothing is pushed and no stream ends; then all goes on', async () => {
  const { sessionId, xmpp, told } = await orphan()
  world.connections.broken = true
  const adopted = adopt(sessionId)
  const first = await XmppSide.accept(world.server, xmpp.received)
  await first.askedToResume()
  first.resumed()
  await adopted
  await first.client.gone
  expect(first.goodbye).toBe(false)
  expect(peer.batch(sessionId, 'c1=', {})).toBe('later')
  expect(world.types('c1=')).toEqual(told)
  world.connections.broken = false
  const second = await world.comeBack(first.received)
  await resume(xmpp, second)
  expect(await world.until('c1=', 'NEW_MESSAGE')).toMatchObject({ content: 'a secret' })
  expect(peer.sessions.sockets).toBe(1)
})

test('[IH5] a session that ends before it is known whose its socket is neither says so there nor closes it', async () => {
  const { sessionId, told } = await orphan()
  world.connections.broken = true
  const row = await claim(world, sessionId, 'b')
  // Nothing logs in with it: on any other day the client would be told.
  await peer.sessions.adopt({ ...row, credential: 'aes1.broken' })
  expect(peer.sessions.ids()).toEqual([sessionId])
  expect(await peer.sessions.evict(sessionId, false)).toBe(false)
  const evicted = peer.sessions.evict(sessionId, true)
  world.clock.advance(LOOK_AGAIN_MS)
  expect(await evicted).toBe(true)
  expect(world.types('c1=')).toEqual(told)
  expect(world.hungUp).toEqual([])
  expect(world.row(sessionId)).toBeUndefined()
})

test('[IH6] handed over by a living worker, the socket is read all the same', async () => {
  const { sessionId, xmpp } = await worker.join('c1=')
  await worker.sessions.handOver(sessionId, async (_tenure, handover) => {
    await take('c1=')
    const row = await claim(world, sessionId, 'b')
    void peer.sessions.adopt(row, handover)
    return true
  })
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  next.resumed()
  next.message('a secret')
  next.play()
  await eventually(() => world.row(sessionId)?.sockets.length === 0)
  await next.heard()
  expect(world.types('c1=')).toEqual(['JOIN_SUCCESS'])
})
