import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ROW_LAG_MS } from '../../worker/session/sockets.ts'
import { workerIdOf } from '../shared/stores/rows.ts'
import { join, MODE } from './session/sequenced.ts'
import { JOIN, World, type FakeWorker } from './session/world.ts'
import { eventually } from './session/eventually.ts'

let world: World
let worker: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a')
})
afterEach(() => world.stop())

const again = { ...JOIN, connectionId: 'c2=', verified: true, joinId: 'j2' }

test('[RY1] a simple session that has just lost its socket is found again by a verified JOIN of the same user', async () => {
  const { sessionId, xmpp } = await worker.join('c1=')
  expect(worker.sessions.socketGone(sessionId, 'c1=')).toBe(true)
  xmpp.message('missed')
  await xmpp.heard()
  expect(await worker.sessions.open(again)).toEqual({ kind: 'joined', sessionId, registered: false })
  expect(await world.until('c2=', 'JOIN_SUCCESS')).toMatchObject({ id: 'j2', sessionId })
  expect(await world.until('c2=', 'NEW_MESSAGE')).toMatchObject({ content: 'missed' })
  expect(world.types('c2=')[0]).toBe('JOIN_SUCCESS')
  expect(worker.send(sessionId, 'c2=', { messageType: 'PING' })).toBe(true)
  expect(world.row(sessionId)?.sockets).toEqual([{ connectionId: 'c2=' }])
})

test('[RY2] a JOIN that is not verified, of somebody else, or to a session with a socket logs in anew', async () => {
  const { sessionId } = await worker.join('c1=')
  const other = await worker.join('c2=', { verified: true })
  expect(other.sessionId).not.toBe(sessionId)
  worker.sessions.socketGone(sessionId, 'c1=')
  const third = await worker.join('c3=', { verified: false })
  const fourth = await worker.join('c4=', { verified: true, username: 'ben' })
  expect([third.sessionId, fourth.sessionId]).not.toContain(sessionId)
})

test('[RY3] a simple session without a socket ends after 30 s', async () => {
  const { sessionId, xmpp } = await worker.join('c1=')
  worker.sessions.socketGone(sessionId, 'c1=')
  world.clock.advance(29_999)
  expect(worker.sessions.count).toBe(1)
  world.clock.advance(1)
  await eventually(() => xmpp.goodbye && world.row(sessionId) === undefined)
  expect(xmpp.said.at(-1)?.attrs['type']).toBe('unavailable')
  expect(world.types('c1=')).toEqual(['JOIN_SUCCESS'])
})

test('[RY4] when another worker holds the one that has just lost its socket, it is named', async () => {
  const { sessionId } = await worker.join('c1=')
  worker.sessions.socketGone(sessionId, 'c1=')
  await eventually(() => world.row(sessionId)?.detachedAt !== undefined)
  const other = world.worker('b')
  expect(await other.sessions.open(again)).toEqual({ kind: 'elsewhere', owner: workerIdOf('a') })
})

test('[RY5] the push that finds a socket gone is repeated at the next one', async () => {
  const { sessionId, xmpp } = await worker.join('c1=')
  world.answers.set('c1=', 'gone')
  xmpp.message('hello')
  await eventually(() => world.row(sessionId)?.sockets.length === 0)
  await worker.sessions.open(again)
  expect(await world.until('c2=', 'NEW_MESSAGE')).toMatchObject({ content: 'hello' })
  expect(world.types('c2=')).toEqual(['JOIN_SUCCESS', 'NEW_MESSAGE'])
})

test('[RY6] beyond the sessions of a user the one that is detached longest goes, and who just came back does not', async () => {
  worker = world.worker('a', { sessionsPerUser: 3 })
  const first = await worker.join('c1=', { mode: 'sequenced' })
  const second = await worker.join('c2=', { mode: 'sequenced' })
  const third = await worker.join('c3=', { mode: 'sequenced' })
  worker.sessions.socketGone(second.sessionId, 'c2=')
  world.clock.advance(10)
  worker.sessions.socketGone(first.sessionId, 'c1=')
  world.clock.advance(ROW_LAG_MS)
  await eventually(() => world.row(first.sessionId)?.detachedAt !== undefined)
  const fourth = await worker.join('c4=', { mode: 'sequenced' })
  await eventually(() => worker.sessions.count === 3)
  const fifth = await worker.join('c5=', { mode: 'sequenced' })
  await eventually(() => worker.sessions.count === 3)
  expect(worker.sessions.ids()).toEqual([third.sessionId, fourth.sessionId, fifth.sessionId])
  expect(world.hungUp).toEqual([])
})

test('[RY7] one that another worker holds is ended there', async () => {
  const evicted: unknown[] = []
  const evictElsewhere = async (id: string, owner: string, attached: boolean) => {
    evicted.push([id, owner, attached])
    return attached || worker.sessions.sockets === 0
  }
  const { sessionId } = await worker.join('c1=', { mode: 'sequenced' })
  const other = world.worker('b', { sessionsPerUser: 1, evictElsewhere })
  await other.join('c2=', { mode: 'sequenced' })
  await eventually(() => evicted.length > 1)
  worker.sessions.socketGone(sessionId, 'c1=')
  await other.join('c3=')
  await eventually(() => evicted.length > 2)
  expect(evicted).toEqual([
    [sessionId, workerIdOf('a'), false],
    [sessionId, workerIdOf('a'), true],
    [sessionId, workerIdOf('a'), false],
  ])
  expect(await worker.sessions.evict(sessionId, false)).toBe(true)
  expect(await worker.sessions.evict(sessionId, false)).toBe(false)
})

test.each(['simple', 'sequenced'] as const)(
  '[RY11] when all %s sessions of a user have a socket the oldest is told LEAVE replaced, and its socket is closed',
  async mode => {
    worker = world.worker('a', { sessionsPerUser: 2 })
    const first = await worker.join('c1=', { mode })
    world.clock.advance(10)
    const second = await worker.join('c2=', { mode })
    const third = await worker.join('c3=', { mode })
    await eventually(() => worker.sessions.count === 2 && world.hungUp.length > 0)
    expect(world.types('c1=').at(-1)).toBe('LEAVE replaced')
    expect(world.hungUp).toEqual(['c1='])
    expect(first.xmpp.goodbye).toBe(true)
    expect(world.row(first.sessionId)).toBeUndefined()
    expect(worker.sessions.ids()).toEqual([second.sessionId, third.sessionId])
  },
)

test('[RY14] one that has just lost its socket goes before those that have theirs, though its row does not say so yet', async () => {
  worker = world.worker('a', { sessionsPerUser: 2 })
  const first = await worker.join('c1=', MODE)
  world.clock.advance(10)
  const second = await worker.join('c2=', MODE)
  worker.sessions.socketGone(second.sessionId, 'c2=')
  const third = await worker.join('c3=', MODE)
  await eventually(() => worker.sessions.count === 2)
  expect(worker.sessions.ids()).toEqual([first.sessionId, third.sessionId])
  expect(world.hungUp).toEqual([])
})

test('[RY12] one account does not fill a worker, however often it joins', async () => {
  worker = world.worker('a', { sessionsPerUser: 2 })
  for (let number = 0; number < 12; number += 1) {
    await worker.join(`c${number}=`, { mode: number % 2 === 0 ? 'simple' : 'sequenced' })
    await eventually(() => worker.sessions.count <= 2)
  }
  expect(world.sessions.rows.size).toBe(2)
})

test('[RY13] a JOIN on a socket that has a session ends no session with that socket', async () => {
  worker = world.worker('a', { sessionsPerUser: 1 })
  const first = await worker.join('c1=', { mode: 'sequenced' })
  await worker.join('c1=', { mode: 'sequenced' })
  await new Promise(setImmediate)
  expect(world.hungUp).toEqual([])
  expect(world.types('c1=')).not.toContain('LEAVE replaced')
  worker.sessions.socketGone(first.sessionId, 'c1=')
  await worker.join('c2=', { mode: 'sequenced' })
  await eventually(() => !worker.sessions.ids().includes(first.sessionId))
})

test('[RY15] a session that is about to lose its socket to the newcomer counts as gone: no other goes in its place', async () => {
  worker = world.worker('a', { sessionsPerUser: 2 })
  const asked = vi.spyOn(worker.sessions, 'evict')
  const first = await worker.join('c1=', MODE)
  const second = await worker.join('c2=', MODE)
  worker.sessions.socketGone(first.sessionId, 'c1=')
  const third = await worker.join('c2=', MODE)
  await eventually(() => asked.mock.calls.length > 0)
  await new Promise(setImmediate)
  expect(asked.mock.calls).toEqual([[second.sessionId, false]])
  expect(worker.sessions.ids()).toEqual([first.sessionId, second.sessionId, third.sessionId])
})

/** What happens between the reading of the user's rows and what is done about them. */
function afterReading(happens: () => Promise<unknown>): void {
  const { sessions } = world
  vi.spyOn(sessions, 'getMany').mockImplementationOnce(async ids => {
    const read = ids.flatMap(id => sessions.rows.get(id) ?? [])
    await happens()
    return { rows: read, unread: [] }
  })
}

test('[RY16] when the one that was to go has just come back, the oldest goes in its place: never does one too many stay', async () => {
  worker = world.worker('a', { sessionsPerUser: 3 })
  const first = await worker.join('c1=', MODE)
  world.clock.advance(10)
  const second = await worker.join('c2=', MODE)
  world.clock.advance(10)
  const third = await worker.join('c3=', MODE)
  worker.sessions.socketGone(second.sessionId, 'c2=')
  world.clock.advance(ROW_LAG_MS)
  await eventually(() => world.row(second.sessionId)?.detachedAt !== undefined)
  afterReading(() =>
    worker.sessions.attach(second.sessionId, { connectionId: 'c9=', join: join(second.token) }),
  )
  const fourth = await worker.join('c4=', MODE)
  await eventually(() => worker.sessions.count === 3)
  expect(worker.sessions.ids()).toEqual([second.sessionId, third.sessionId, fourth.sessionId])
  expect(world.types('c1=').at(-1)).toBe('LEAVE replaced')
  expect(world.row(first.sessionId)).toBeUndefined()
})

test('[RY17] when the one that was to go has just ended by itself, no other goes in its place', async () => {
  worker = world.worker('a', { sessionsPerUser: 3 })
  await worker.join('c1=', MODE)
  const second = await worker.join('c2=', MODE)
  await worker.join('c3=', MODE)
  worker.sessions.socketGone(second.sessionId, 'c2=')
  world.clock.advance(ROW_LAG_MS)
  await eventually(() => world.row(second.sessionId)?.detachedAt !== undefined)
  const asked = vi.spyOn(worker.sessions, 'evict')
  afterReading(async () => {
    await worker.sessions.evict(second.sessionId, false)
    asked.mockClear()
  })
  await worker.join('c4=', MODE)
  await eventually(() => asked.mock.calls.length > 0)
  await new Promise(setImmediate)
  expect(asked.mock.calls).toEqual([[second.sessionId, false]])
  expect(worker.sessions.count).toBe(3)
})

test('[RY8] a full or leaving worker takes no new session', async () => {
  worker.sessions.takeNoMore()
  expect(await worker.sessions.open(JOIN)).toEqual({ kind: 'busy' })
})

test('[RY9] what is not held, or not at this socket, is not taken', async () => {
  const { sessionId } = await worker.join('c1=')
  const ping = { messageType: 'PING' } as const
  expect(worker.send(sessionId, 'other=', ping)).toBe(false)
  expect(worker.send('s_none', 'c1=', ping)).toBe(false)
  expect(worker.sessions.socketGone('s_none', 'c1=')).toBe(false)
  expect(worker.sessions.socketGone(sessionId, 'other=')).toBe(true)
  expect(worker.sessions.sockets).toBe(1)
  expect(worker.sessions.tenure(sessionId)).toMatchObject({ owner: workerIdOf('a'), epoch: 1 })
  expect(worker.sessions.tenure('s_none')).toBeUndefined()
})

test('[RY10] behind a closed fence nothing is taken, and nothing is sent, pushed or written', async () => {
  const { sessionId, xmpp } = await worker.join('c1=')
  const written = world.sessions.writes
  worker.fence.open = false
  expect(worker.send(sessionId, 'c1=', { messageType: 'PING' })).toBe('later')
  xmpp.message('hello', `<request xmlns='urn:xmpp:receipts'/>`)
  await xmpp.heard()
  worker.sessions.socketGone(sessionId, 'c1=')
  world.clock.advance(60_000)
  expect(world.types('c1=')).toEqual(['JOIN_SUCCESS'])
  expect(xmpp.bodies()).toEqual([])
  expect(world.sessions.writes).toBe(written)
  expect(worker.sessions.count).toBe(1)
  worker.fence.open = true
  world.clock.advance(1000)
  await eventually(() => worker.sessions.count === 0 && world.row(sessionId) === undefined)
})
