import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ROW_LAG_MS } from '../../worker/session/sockets.ts'
import { eventually } from './session/eventually.ts'
import { join, MODE, withMid } from './session/sequenced.ts'
import { World, type FakeWorker } from './session/world.ts'

let world: World
let worker: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a')
})
afterEach(() => world.stop())

/** The calls of the tables from now on. */
function spyOnTables(): () => string[] {
  const { sessions, connections } = world
  const spies = [
    ...(['get', 'update', 'remove', 'ofUser'] as const).map(name => ({
      name,
      spy: vi.spyOn(sessions, name),
    })),
    ...(['get', 'put', 'remove'] as const).map(name => ({ name, spy: vi.spyOn(connections, name) })),
  ]
  return () => spies.flatMap(({ name, spy }) => spy.mock.calls.map(() => name))
}

test('[RL1] a cut and a return within 5 s cost two calls of the tables: the rows of the session and of the new socket', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  xmpp.message('one', withMid(1))
  const { seq } = await world.until('c1=', 'NEW_MESSAGE')
  worker.batch(sessionId, 'c1=', { ack: Number(seq) })
  const calls = spyOnTables()
  worker.sessions.socketGone(sessionId, 'c1=')
  world.clock.advance(ROW_LAG_MS - 1)
  await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token, { ack: seq }) })
  await world.pass(2 * ROW_LAG_MS, xmpp)
  expect(calls()).toEqual(['update', 'put'])
  expect(world.row(sessionId)).toMatchObject({ sockets: [{ connectionId: 'c2=' }] })
  expect(world.row(sessionId)?.detachedAt).toBeUndefined()
})

test('[RL2] nor does it cost more when the return comes before the report of the cut', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  const calls = spyOnTables()
  await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  worker.sessions.socketGone(sessionId, 'c1=')
  await world.pass(2 * ROW_LAG_MS, xmpp)
  expect(calls()).toEqual(['update', 'put'])
  expect(world.hungUp).toEqual([])
})

test('[RL3] a socket that stays away is written after 5 s, together with what was handled; its own row expires', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.message('one', withMid(1))
  const { seq } = await world.until('c1=', 'NEW_MESSAGE')
  worker.batch(sessionId, 'c1=', { ack: Number(seq) })
  const [calls, detachedAt] = [spyOnTables(), world.clock.now()]
  worker.sessions.socketGone(sessionId, 'c1=')
  world.clock.advance(ROW_LAG_MS)
  await eventually(() => world.row(sessionId)?.sockets.length === 0)
  await world.pass(ROW_LAG_MS, xmpp)
  expect(calls()).toEqual(['update'])
  expect(world.row(sessionId)).toMatchObject({ detachedAt, resumption: { h: Number(seq) } })
})

test('[RL4] a socket that another session took is no more in the row, at once', async () => {
  const { sessionId } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=', true)
  await eventually(() => world.row(sessionId)?.sockets.length === 0)
  const calls = spyOnTables()
  world.clock.advance(ROW_LAG_MS)
  worker.sessions.socketGone(sessionId, 'c1=', true)
  await new Promise(setImmediate)
  expect(calls()).toEqual([])
})

test('[RL5] of a session that another worker holds by then nothing is written', async () => {
  const { sessionId } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  const calls = spyOnTables()
  worker.sessions.lose(sessionId)
  world.clock.advance(ROW_LAG_MS)
  await new Promise(setImmediate)
  expect(calls()).toEqual([])
})

test('[RL6] where the fence is closed after those 5 s it is looked at again each second, and the row is written once it is open', async () => {
  const { sessionId } = await worker.join('c1=', MODE)
  const detachedAt = world.clock.now()
  worker.sessions.socketGone(sessionId, 'c1=')
  const calls = spyOnTables()
  worker.fence.open = false
  world.clock.advance(ROW_LAG_MS + 1000)
  await new Promise(setImmediate)
  worker.fence.open = true
  world.clock.advance(999)
  await new Promise(setImmediate)
  expect(calls()).toEqual([])
  world.clock.advance(1)
  await eventually(() => calls().length > 0)
  expect(calls()).toEqual(['update'])
  expect(world.row(sessionId)).toMatchObject({ sockets: [], detachedAt })
})
