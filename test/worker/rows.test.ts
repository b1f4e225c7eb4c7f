import { beforeEach, expect, test } from 'vitest'
import { makeRows, type Rows } from '../../worker/rows.ts'
import { sessionRowOf, workerIdOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { silentLog } from '../support/log.ts'
import { MemoryConnections, MemorySessions } from './session/memory-stores.ts'

const HOUR_S = 3600
const row = sessionRowOf('x')

let clock: FakeClock
let sessions: MemorySessions
let connections: MemoryConnections
let fence: { open: boolean }
let rows: Rows
beforeEach(() => {
  clock = new FakeClock()
  sessions = new MemorySessions()
  connections = new MemoryConnections()
  fence = { open: true }
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
