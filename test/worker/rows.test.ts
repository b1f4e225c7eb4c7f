import { beforeEach, expect, test, vi } from 'vitest'
import { makeRows, type Rows } from '../../worker/rows.ts'
import { sessionRowOf, workerIdOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { silentLog } from '../support/log.ts'
import { HandFence } from './session/hand-fence.ts'
import { MemoryConnections, MemorySessions } from './session/memory-stores.ts'

const HOUR_S = 3600
const row = sessionRowOf('x')

let clock: FakeClock
let sessions: MemorySessions
let connections: MemoryConnections
let fence: HandFence
let rows: Rows
beforeEach(() => {
  clock = new FakeClock()
  sessions = new MemorySessions()
  connections = new MemoryConnections()
  fence = new HandFence(clock)
  rows = makeRows({ sessions, connections, fence, clock, keepMs: 3_600_000, log: silentLog })
})

test('[RW1] a new session and its socket are written, with the worker that did; who had the socket before is told', async () => {
  await connections.put({ connectionId: 'c1=', sessionId: 's_before', expiresAt: 0 })
  expect(await rows.create(row, 'c1=')).toEqual({ kind: 'saved', replaced: 's_before' })
  const { sessionId, owner } = row
  expect(connections.rows.get('c1=')).toMatchObject({ sessionId, owner })
  expect(await rows.create(row, 'c2=')).toEqual({ kind: 'lost' })
  expect(connections.rows.has('c2=')).toBe(false)
})

test('[RW2] each write prolongs the row by 3 h and the time to keep', async () => {
  await rows.create(row, 'c1=')
  const before = sessions.rows.get(row.sessionId)?.expiresAt ?? 0
  expect(before).toBe(Math.floor(clock.now() / 1000) + 4 * HOUR_S)
  clock.advance(HOUR_S * 1000)
  await rows.save(row, {})
  expect(sessions.rows.get(row.sessionId)?.expiresAt).toBe(before + HOUR_S)
})

test('[RW3] a socket of the session itself is no replaced one', async () => {
  await rows.create(row, 'c1=')
  expect(await rows.attach(row, 'c1=', {})).toEqual({ kind: 'saved', replaced: undefined })
})

test('[RW4] under another tenure nothing is written, neither the row nor a connection', async () => {
  await rows.create(row, 'c1=')
  await sessions.claim(row, workerIdOf('b'))
  expect(await rows.save(row, { stream: 9 })).toBe('lost')
  expect(await rows.attach(row, 'c2=', {})).toEqual({ kind: 'lost' })
  await rows.release(row, ['c1='])
  expect(sessions.rows.get(row.sessionId)).toMatchObject({ stream: 1, sockets: row.sockets, epoch: 2 })
  expect([...connections.rows.keys()]).toEqual(['c1='])
})

test('[RW5] behind a closed fence nothing is written', async () => {
  await rows.create(row, 'c1=')
  fence.open = false
  const { writes } = sessions
  expect(await rows.save(row, {})).toBe('failed')
  expect(await rows.attach(row, 'c2=', {})).toEqual({ kind: 'failed' })
  await rows.release(row, ['c1='])
  expect(sessions.writes).toBe(writes)
  expect([...connections.rows.keys()]).toEqual(['c1='])
})

test.each([
  ['is closed', false],
  ['was closed and is open again', true],
])(
  '[RW9] a socket is not taken back by a worker whose fence %s since it wrote the row of the session',
  async (_when, reopens) => {
    await rows.create(row, 'c1=')
    const standStill = async () => {
      clock.advance(1)
      fence.open = false
      clock.advance(3000)
      fence.open = reopens
      await connections.put({ connectionId: 'c2=', sessionId: 's_after', expiresAt: 0 })
    }
    const update = sessions.update.bind(sessions)
    const create = sessions.create.bind(sessions)
    sessions.update = async (...written) => {
      const saved = await update(...written)
      await standStill()
      return saved
    }
    expect(await rows.attach(row, 'c2=', { stream: 9 })).toEqual({ kind: 'failed' })
    expect(sessions.rows.get(row.sessionId)).toMatchObject({ stream: 9 })
    expect(connections.rows.get('c2=')).toMatchObject({ sessionId: 's_after' })
    fence.open = true
    sessions.create = async made => {
      const saved = await create(made)
      await standStill()
      return saved
    }
    expect(await rows.create(sessionRowOf('y'), 'c2=')).toEqual({ kind: 'failed' })
    expect(connections.rows.get('c2=')).toMatchObject({ sessionId: 's_after' })
  },
)

test('[RW10] a session and its socket are one write each, whatever the fence did before', async () => {
  fence.open = false
  clock.advance(3000)
  fence.open = true
  const put = vi.spyOn(connections, 'put')
  expect(await rows.create(row, 'c1=')).toEqual({ kind: 'saved', replaced: undefined })
  expect(await rows.attach(row, 'c2=', {})).toEqual({ kind: 'saved', replaced: undefined })
  expect([sessions.writes, put.mock.calls.length, connections.reads]).toEqual([2, 2, 0])
})

test('[RW6] a table that cannot be reached is an answer, never an error', async () => {
  sessions.broken = true
  expect(await rows.create(row, 'c1=')).toEqual({ kind: 'failed' })
  expect(await rows.save(row, {})).toBe('failed')
  expect(await rows.read(row.sessionId)).toBe('failed')
  expect(await rows.ofUser('sergio')).toEqual([])
  await rows.release(row, ['c1='])
})

test('[RW8] whose a socket is, its own row says; of one without a row, nobody; unread, it is not known', async () => {
  await rows.create(row, 'c1=')
  expect(await rows.isAt(row.sessionId, 'c1=')).toBe(true)
  expect(await rows.isAt(row.sessionId, 'c2=')).toBe(false)
  await connections.put({ connectionId: 'c1=', sessionId: 's_after', expiresAt: 0 })
  expect(await rows.isAt(row.sessionId, 'c1=')).toBe(false)
  connections.broken = true
  expect(await rows.isAt(row.sessionId, 'c1=')).toBe('failed')
})

test('[RW7] a released session and its sockets are gone', async () => {
  await rows.create(row, 'c1=')
  expect((await rows.ofUser('sergio')).map(({ sessionId }) => sessionId)).toEqual([row.sessionId])
  await rows.release(row, ['c1='])
  expect(await rows.read(row.sessionId)).toBeUndefined()
  expect(await rows.ofUser('sergio')).toEqual([])
  expect(connections.rows.size).toBe(0)
})
