import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from './session/eventually.ts'
import { join, withMid } from './session/sequenced.ts'
import { JOIN, World, type FakeWorker } from './session/world.ts'

/** What a post waits before it is tried again behind a closed fence, or while it is not known whose the socket is. */
const FENCED_PAUSE_MS = 250
/** A row that could not be read is read again after this. */
const LOOK_AGAIN_MS = 1000

let world: World
let worker: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a')
})
afterEach(() => world.stop())

/** The socket becomes another session's, of which the worker hears nothing. */
function take(connectionId: string): Promise<unknown> {
  return world.connections.put({ connectionId, sessionId: 's_of_somebody_else', expiresAt: 0 })
}

/** A time in which the worker is not told anything. */
function standStill(): void {
  worker.fence.open = false
  world.clock.advance(3000)
  worker.fence.open = true
}

test.each(['simple', 'sequenced'] as const)(
  '[DT1] a %s session whose socket was taken while the fence was closed pushes nothing there, and goes on at its next',
  async mode => {
    const { sessionId, xmpp, token } = await worker.join('c1=', { mode })
    if (mode === 'sequenced') await world.until('c1=', 'SNAPSHOT')
    const told = world.types('c1=')
    worker.fence.open = false
    world.clock.advance(3000)
    xmpp.message('a secret', withMid(1))
    await xmpp.heard()
    await take('c1=')
    worker.fence.open = true
    world.clock.advance(FENCED_PAUSE_MS)
    await eventually(() => world.row(sessionId)?.sockets.length === 0)
    expect(worker.send(sessionId, 'c1=', { messageType: 'PING' })).toBe(false)
    if (mode === 'simple') await worker.sessions.open({ ...JOIN, verified: true, connectionId: 'c2=' })
    else await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
    expect(await world.until('c2=', 'NEW_MESSAGE')).toMatchObject({ content: 'a secret' })
    expect(world.types('c1=')).toEqual(told)
    expect(world.hungUp).toEqual([])
  },
)

test('[DT2] a socket that is still the session’s after a closed fence is read once, and all goes on', async () => {
  const { xmpp } = await worker.join('c1=')
  xmpp.message('one')
  await world.until('c1=', 'NEW_MESSAGE')
  expect(world.connections.reads).toBe(0)
  standStill()
  xmpp.message('two')
  xmpp.message('three')
  await world.until('c1=', 'NEW_MESSAGE', 3)
  expect(world.connections.reads).toBe(1)
  expect(worker.sessions.sockets).toBe(1)
})

test('[DT3] no frame is taken from a socket in doubt: it is to come again when its row is read', async () => {
  const { sessionId } = await worker.join('c1=')
  standStill()
  const ping = { messageType: 'PING' } as const
  expect(worker.send(sessionId, 'c1=', ping)).toBe('later')
  await worker.sessions.settled(sessionId)
  expect(worker.send(sessionId, 'c1=', ping)).toBe(true)
  standStill()
  await take('c1=')
  expect(worker.send(sessionId, 'c1=', ping)).toBe('later')
  await worker.sessions.settled(sessionId)
  expect(worker.send(sessionId, 'c1=', ping)).toBe(false)
})

test('[DT4] what was read before the fence closed once more is not believed', async () => {
  const { sessionId } = await worker.join('c1=')
  standStill()
  const reading = Promise.withResolvers<void>()
  world.connections.late = reading.promise
  const settled = worker.sessions.settled(sessionId)
  await eventually(() => world.connections.reads === 1)
  standStill()
  await take('c1=')
  reading.resolve()
  await settled
  await new Promise(setImmediate)
  expect(worker.send(sessionId, 'c1=', { messageType: 'PING' })).toBe('later')
  await worker.sessions.settled(sessionId)
  expect(worker.send(sessionId, 'c1=', { messageType: 'PING' })).toBe(false)
  expect(world.types('c1=')).toEqual(['JOIN_SUCCESS'])
})

test.each([
  ['still its own', ['JOIN_SUCCESS', 'LEAVE replaced'], ['c1=']],
  ['another’s', ['JOIN_SUCCESS'], []],
] as const)(
  '[DT5] a session that ends in doubt reads first: a socket that is %s by then',
  async (whose, types, hungUp) => {
    const { sessionId } = await worker.join('c1=')
    standStill()
    if (whose === 'another’s') await take('c1=')
    expect(await worker.sessions.evict(sessionId, true)).toBe(true)
    expect(world.types('c1=')).toEqual(types)
    expect(world.hungUp).toEqual(hungUp)
    expect(world.row(sessionId)).toBeUndefined()
  },
)

test('[DT6] the older of two sockets that are in doubt is neither closed nor told anything', async () => {
  const { sessionId, token } = await worker.join('c1=', { mode: 'sequenced' })
  await world.until('c1=', 'SNAPSHOT')
  await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  await world.until('c2=', 'SNAPSHOT')
  await eventually(() => world.types('c1=').includes('LEAVE moved'))
  await new Promise(setImmediate)
  const told = world.types('c1=')
  expect(worker.sessions.sockets).toBe(2)
  standStill()
  await take('c1=')
  const reading = Promise.withResolvers<void>()
  world.connections.late = reading.promise
  const settled = worker.sessions.settled(sessionId)
  world.clock.advance(2000)
  reading.resolve()
  await settled
  world.clock.advance(2000)
  expect(worker.sessions.sockets).toBe(1)
  await worker.sessions.attach(sessionId, { connectionId: 'c3=', join: join(token) })
  await eventually(() => world.types('c2=').includes('LEAVE moved'))
  // What was posted before that, and waits, is with the gateway then.
  await new Promise(setImmediate)
  expect(world.hungUp).toEqual([])
  expect(world.types('c1=')).toEqual(told)
})

test('[DT7] a socket that has come since the fence is open is in no doubt', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', { mode: 'sequenced' })
  await world.until('c1=', 'SNAPSHOT')
  worker.sessions.socketGone(sessionId, 'c1=')
  standStill()
  await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  xmpp.message('hello', withMid(1))
  await world.until('c2=', 'NEW_MESSAGE')
  expect(world.connections.reads).toBe(0)
})

test('[DT8] a session that is lost while the row of its socket is read leaves all as it is', async () => {
  const { sessionId } = await worker.join('c1=')
  standStill()
  await take('c1=')
  const reading = Promise.withResolvers<void>()
  world.connections.late = reading.promise
  const settled = worker.sessions.settled(sessionId)
  await eventually(() => world.connections.reads === 1)
  const written = world.sessions.writes
  worker.sessions.lose(sessionId)
  reading.resolve()
  await settled
  await new Promise(setImmediate)
  expect(world.sessions.writes).toBe(written)
  expect(world.clock.pending).toBe(0)
})

test.each(['simple', 'sequenced'] as const)(
  '[DT9] a %s session reads the row of its socket once a second while that fails, whatever is pushed and whoever asks',
  async mode => {
    const { sessionId, xmpp } = await worker.join('c1=', { mode })
    if (mode === 'sequenced') await world.until('c1=', 'SNAPSHOT')
    standStill()
    world.connections.broken = true
    xmpp.message('hello', withMid(1))
    await eventually(() => world.connections.reads === 1)
    for (let second = 1; second <= 3; second += 1) {
      for (let passedMs = 0; passedMs < LOOK_AGAIN_MS; passedMs += FENCED_PAUSE_MS) {
        expect(world.connections.reads).toBe(second)
        void worker.sessions.settled(sessionId)
        await new Promise(setImmediate)
        world.clock.advance(FENCED_PAUSE_MS)
      }
      await eventually(() => world.connections.reads === second + 1)
    }
    world.connections.broken = false
    world.clock.advance(LOOK_AGAIN_MS)
    expect(await world.until('c1=', 'NEW_MESSAGE')).toMatchObject({ content: 'hello' })
  },
)

test('[DT10] a session that is lost before the row of its socket is read again does not read it', async () => {
  const { sessionId } = await worker.join('c1=')
  standStill()
  world.connections.broken = true
  await worker.sessions.settled(sessionId)
  const settled = worker.sessions.settled(sessionId)
  worker.sessions.lose(sessionId)
  await settled
  expect(world.connections.reads).toBe(1)
  expect(world.clock.pending).toBe(0)
})
