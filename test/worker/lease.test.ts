import { expect, test, vi } from 'vitest'
import type { WorkerRow, Workers } from '../../shared/stores/workers.ts'
import { Lease } from '../../worker/lease.ts'
import { silentLog } from '../support/log.ts'
import { FakeClock } from '../support/fake-clock.ts'

function setUp() {
  const clock = new FakeClock()
  const rows: WorkerRow[] = []
  const removed: string[] = []
  let failing = false
  const workers: Workers = {
    put: async row => {
      if (failing) throw new Error('no DynamoDB')
      rows.push(row)
    },
    get: async () => undefined,
    list: async () => [],
    remove: async id => {
      if (failing) throw new Error('no DynamoDB')
      removed.push(id)
    },
  }
  const lease = new Lease({
    row: {
      workerId: 'w-0123456789abcdef',
      host: '127.0.0.1',
      port: 1,
      certificate: 'c',
      token: 't',
      maxSessions: 10,
      startedAt: clock.now(),
    },
    standing: () => ({ sessions: 3, phase: 'ready' }),
    workers,
    renewMs: 2000,
    clock,
    log: silentLog,
  })
  return { clock, rows, removed, lease, fail: (value: boolean) => (failing = value) }
}

test('[LE1] the row is written at the start and renewed with a growing counter', async () => {
  const { clock, rows, lease } = setUp()
  await lease.start()
  for (const count of [2, 3]) {
    clock.advance(2000)
    await vi.waitUntil(() => rows.length === count)
  }
  expect(rows.map(row => row.counter)).toEqual([1, 2, 3])
  expect(rows[0]).toMatchObject({
    sessions: 3,
    phase: 'ready',
    expiresAt: Math.floor((clock.now() - 4000) / 1000) + 60,
  })
  await lease.stop()
})

test('[LE2] without a good renewal for 6 s it is not fresh any more; the next good one makes it so', async () => {
  const { clock, rows, lease, fail } = setUp()
  await lease.start()
  fail(true)
  for (let renewal = 0; renewal < 3; renewal += 1) {
    clock.advance(2000)
    await vi.waitUntil(() => clock.pending === 1)
  }
  expect(lease.fresh).toBe(false)
  fail(false)
  clock.advance(2000)
  await vi.waitUntil(() => rows.length === 2)
  expect(lease.fresh).toBe(true)
  await lease.stop()
})

test('[LE3] stopping removes the row and leaves no timer', async () => {
  const { clock, removed, lease } = setUp()
  await lease.start()
  await lease.stop()
  expect(removed).toEqual(['w-0123456789abcdef'])
  expect(clock.pending).toBe(0)
})

test('[LE4] a row that cannot be removed at the end is left to expire, and the worker stops', async () => {
  const { removed, lease, fail } = setUp()
  await lease.start()
  fail(true)
  await lease.stop()
  expect(removed).toEqual([])
})
