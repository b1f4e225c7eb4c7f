import { beforeEach, expect, test } from 'vitest'
import { makeRows } from '../../../worker/rows.ts'
import { SessionRecord } from '../../../worker/session/record.ts'
import { sessionRowOf, workerIdOf } from '../../shared/stores/rows.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { silentLog } from '../../support/log.ts'
import { HandFence } from './hand-fence.ts'
import { MemoryConnections, MemorySessions } from './memory-stores.ts'

const row = sessionRowOf('x')

let clock: FakeClock
let sessions: MemorySessions
let connections: MemoryConnections
let fence: HandFence
let lost: number
let record: SessionRecord
beforeEach(() => {
  clock = new FakeClock()
  sessions = new MemorySessions()
  connections = new MemoryConnections()
  fence = new HandFence(clock)
  lost = 0
  sessions.rows.set(row.sessionId, row)
  const rows = makeRows({ sessions, connections, fence, clock, keepMs: 0, log: silentLog })
  const { expiresAt: _expiry, ...known } = row
  record = new SessionRecord({ rows, clock, fenced: () => !fence.open, onLost: () => (lost += 1) }, known)
})

const stored = () => sessions.rows.get(row.sessionId)

test('[RR1] what could not be written goes with the next write', async () => {
  sessions.broken = true
  expect(await record.save({ jid: 'ana@localhost/new' })).toBe('failed')
  sessions.broken = false
  expect(await record.save({ stream: 2 })).toBe('saved')
  expect(stored()).toMatchObject({ jid: 'ana@localhost/new', stream: 2 })
})

test('[RR2] a note is written with the next write, and by itself never', async () => {
  record.note({ presence: '{}' })
  expect(sessions.writes).toBe(0)
  await record.save({ stream: 2 })
  expect(stored()).toMatchObject({ presence: '{}', stream: 2 })
})

test('[RR3] a refused write means lost when the row says so, once', async () => {
  await sessions.claim(row, workerIdOf('b'))
  expect(await record.save({ stream: 2 })).toBe('lost')
  expect(await record.save({ stream: 3 })).toBe('lost')
  expect(lost).toBe(1)
  expect(stored()).toMatchObject({ stream: 1, owner: workerIdOf('b') })
})

test('[RR4] a claim of our own that we have not heard of yet is no loss: the write goes on under it', async () => {
  await sessions.claim(row, row.owner)
  expect(await record.save({ stream: 2 })).toBe('saved')
  expect(record.tenure.epoch).toBe(2)
  expect(stored()).toMatchObject({ epoch: 2, stream: 2 })
  expect(lost).toBe(0)
})

test('[RR5] a row that is gone is lost; one that cannot be read is neither', async () => {
  sessions.broken = true
  expect(await record.check()).toBe('failed')
  sessions.broken = false
  fence.open = false
  expect(await record.check()).toBe('failed')
  fence.open = true
  expect(await record.check()).toBe('saved')
  sessions.rows.clear()
  expect(await record.check()).toBe('lost')
  expect(lost).toBe(1)
})

test('[RR6] an attach that failed is undone by the next write, as it may have been written', async () => {
  sessions.broken = true
  const change = { sockets: [{ connectionId: 'c2=' }], tokens: [{ hash: 'h', issuedAt: 1 }] }
  expect(await record.attach('c2=', change)).toEqual({ kind: 'failed' })
  sessions.broken = false
  sessions.rows.set(row.sessionId, { ...row, ...change })
  await record.save({ stream: 2 })
  expect(stored()).toMatchObject({ sockets: row.sockets, tokens: [], stream: 2 })
})

test('[RR7] a key that is set to undefined leaves the row', async () => {
  await record.save({ detachedAt: 5 })
  expect(stored()?.detachedAt).toBe(5)
  await record.attach('c2=', { detachedAt: undefined })
  expect(stored()?.detachedAt).toBeUndefined()
  expect('detachedAt' in record.row).toBe(false)
  expect(connections.rows.get('c2=')?.sessionId).toBe(row.sessionId)
})

test('[RR8] it waits for an answer as long as DynamoDB is silent', async () => {
  sessions.broken = true
  const checked = record.checked(new AbortController().signal)
  await new Promise(setImmediate)
  sessions.broken = false
  clock.advance(1000)
  expect(await checked).toBe('saved')
})

test('[RR9] a flush writes what is noted, unless a write before it has taken that along', async () => {
  await record.flush()
  expect(sessions.writes).toBe(0)
  record.note({ detachedAt: 5 })
  await Promise.all([record.save({ stream: 2 }), record.flush()])
  expect(sessions.writes).toBe(1)
  record.note({ detachedAt: 6 })
  await record.flush()
  expect(sessions.writes).toBe(2)
  expect(stored()).toMatchObject({ detachedAt: 6, stream: 2 })
})

test('[RR10] an attach overrides what is noted, and one that failed does not', async () => {
  record.note({ sockets: [], detachedAt: 5 })
  const change = { sockets: [{ connectionId: 'c2=' }], detachedAt: undefined }
  sessions.broken = true
  expect(await record.attach('c2=', change)).toEqual({ kind: 'failed' })
  sessions.broken = false
  await record.flush()
  expect(stored()).toMatchObject({ sockets: [], detachedAt: 5 })
  record.note({ detachedAt: 6 })
  await record.attach('c2=', change)
  await record.flush()
  expect(stored()).toMatchObject({ sockets: change.sockets, detachedAt: undefined })
  expect(sessions.writes).toBe(2)
})
