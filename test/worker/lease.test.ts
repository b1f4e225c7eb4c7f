import { expect, test } from 'vitest'
import { LeaseFence } from '../../worker/fence.ts'
import { Lease } from '../../worker/lease.ts'
import { workerIdOf, workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { keptLog } from '../support/log.ts'
import { MemoryTables, Unreachable } from './ownership/memory-stores.ts'
import { settled, turn } from './ownership/turn.ts'

const ID = workerIdOf('me')

function setUp() {
  const clock = new FakeClock()
  const tables = new MemoryTables(clock)
  const lines: string[] = []
  const fence = new LeaseFence(clock, 6000)
  const world = { cut: false, answering: Promise.resolve(), reclaims: 0, reclaim: async () => {} }
  const refuseWhenCut = async () => {
    if (world.cut) throw new Unreachable()
  }
  const workers = tables.workersOver({ before: refuseWhenCut, after: () => world.answering })
  const lease = new Lease({
    row: workerRowOf('me'),
    standing: () => ({ sessions: 3, phase: 'ready' }),
    workers,
    fence,
    reclaim: () => {
      world.reclaims += 1
      return world.reclaim()
    },
    renewMs: 2000,
    leaseMs: 6000,
    clock,
    log: keptLog(lines),
  })
  const row = () => tables.workers.get(ID)
  const declareDead = () => {
    const found = row()
    if (found !== undefined) tables.workers.set(ID, { ...found, phase: 'dead' })
  }
  return { clock, tables, fence, lease, lines, world, row, declareDead }
}

test('[LE1] the row is written at the start and renewed with a growing counter', async () => {
  const { clock, lease, row } = setUp()
  await lease.start()
  const startS = Math.floor(clock.now() / 1000)
  expect(row()).toMatchObject({ counter: 1, sessions: 3, phase: 'ready', expiresAt: startS + 900 })
  await turn(clock, 4000)
  expect(row()).toMatchObject({ counter: 3 })
  await lease.stop()
})

test('[LE2] the fence is closed before the first renewal, and a start without a table is an error', async () => {
  const { fence, lease, world } = setUp()
  world.cut = true
  await expect(lease.start()).rejects.toBeInstanceOf(Unreachable)
  expect(fence.open).toBe(false)
})

test('[LE3] without a good renewal the fence closes 4.5 s after the last one was sent, a quarter before the lease ends', async () => {
  const { clock, fence, lease, world } = setUp()
  await lease.start()
  world.cut = true
  await turn(clock, 4400)
  expect(fence.open).toBe(true)
  await turn(clock, 100)
  expect(fence.open).toBe(false)
  await lease.stop()
})

test('[LE4] a renewal that was missed is tried again sooner than usual', async () => {
  const { clock, fence, lease, world, row } = setUp()
  await lease.start()
  world.cut = true
  await turn(clock, 2000)
  world.cut = false
  await turn(clock, 500)
  expect(row()).toMatchObject({ counter: 3 })
  expect(fence.open).toBe(true)
  await lease.stop()
})

test('[LE5] closed for less than the lease, the next good renewal opens it: nobody can have taken anything', async () => {
  const { clock, fence, lease, world } = setUp()
  await lease.start()
  world.cut = true
  await turn(clock, 5000)
  expect(fence.open).toBe(false)
  world.cut = false
  await turn(clock, 500)
  expect(fence.open).toBe(true)
  expect(world.reclaims).toBe(0)
  await lease.stop()
})

test('[LE6] after a whole lease without one, all sessions are claimed anew before the fence opens', async () => {
  const { clock, fence, lease, world } = setUp()
  const claiming = Promise.withResolvers<void>()
  world.reclaim = () => claiming.promise
  await lease.start()
  world.cut = true
  await turn(clock, 60_000)
  world.cut = false
  await turn(clock, 5000)
  expect(world.reclaims).toBe(1)
  expect(fence.open).toBe(false)
  claiming.resolve()
  await settled()
  expect(fence.open).toBe(true)
  await lease.stop()
})

test('[LE7] declared dead by a peer: alive again first, then all is claimed anew, then the fence opens', async () => {
  const { clock, fence, lease, world, row, declareDead } = setUp()
  await lease.start()
  declareDead()
  const phases: (string | undefined)[] = []
  world.reclaim = async () => {
    phases.push(row()?.phase)
    expect(fence.open).toBe(false)
  }
  await turn(clock, 2000)
  expect(phases).toEqual(['ready'])
  expect(fence.open).toBe(true)
  await lease.stop()
})

test('[LE8] declared dead again while claiming: what was claimed is claimed once more', async () => {
  const { clock, fence, lease, world, declareDead } = setUp()
  await lease.start()
  declareDead()
  const first = Promise.withResolvers<void>()
  world.reclaim = () => (world.reclaims === 1 ? first.promise : Promise.resolve())
  await turn(clock, 2000)
  declareDead()
  await turn(clock, 2000)
  first.resolve()
  await settled()
  expect(fence.open).toBe(false)
  await turn(clock, 2000)
  expect(world.reclaims).toBe(2)
  expect(fence.open).toBe(true)
  await lease.stop()
})

test('[LE9] claims that fail are tried again after the next renewal, behind a closed fence', async () => {
  const { clock, fence, lease, world, declareDead } = setUp()
  await lease.start()
  declareDead()
  world.reclaim = () => (world.reclaims < 3 ? Promise.reject(new Unreachable()) : Promise.resolve())
  await turn(clock, 4000)
  expect(fence.open).toBe(false)
  await turn(clock, 2000)
  expect(world.reclaims).toBe(3)
  expect(fence.open).toBe(true)
  await lease.stop()
})

test('[LE10] a process that was paused wakes behind a closed fence, before it has asked anybody', async () => {
  const clock = new FakeClock()
  const fence = new LeaseFence(clock, 6000)
  fence.renewed(clock.monotonic())
  expect(fence.open).toBe(true)
  clock.advance(30_000)
  expect(fence.open).toBe(false)
})

test('[LE17] renewals in time leave the fence open since it was opened; one that comes too late opens it anew', () => {
  const clock = new FakeClock()
  const fence = new LeaseFence(clock, 6000)
  expect(fence.openSinceMs).toBe(Infinity)
  clock.advance(100)
  for (let sentMs = 90; sentMs < 20_000; sentMs += 4400) {
    fence.renewed(sentMs)
    expect(fence.openSinceMs).toBe(100)
    clock.advance(4400)
  }
  clock.advance(200)
  expect(fence.openSinceMs).toBe(Infinity)
  fence.renewed(clock.monotonic() - 50)
  expect(fence.openSinceMs).toBe(clock.monotonic())
})

test('[LE11] the time counts from before a renewal was sent, however late its answer comes', async () => {
  const { clock, fence, lease, world } = setUp()
  await lease.start()
  world.answering = new Promise(resolve => void clock.after(6000, resolve))
  // Sent at 2 s and answered at 6 s: good until 6.5 s.
  await turn(clock, 4500)
  expect(fence.open).toBe(false)
  await turn(clock, 1500)
  expect(fence.open).toBe(true)
  await turn(clock, 500)
  expect(fence.open).toBe(false)
  world.answering = Promise.resolve()
  await lease.stop()
})

test('[LE12] a changed standing is announced at once, and one write at a time', async () => {
  const { clock, lease, row } = setUp()
  await lease.start()
  await Promise.all([lease.announce(), lease.announce(), lease.announce()])
  expect(row()).toMatchObject({ counter: 4 })
  await lease.stop()
  expect(clock.pending).toBe(0)
})

test('[LE13] stopping says so: the row is dead, the fence is closed, and no timer is left', async () => {
  const { clock, fence, lease, row } = setUp()
  await lease.start()
  await lease.stop()
  expect(row()).toMatchObject({ phase: 'dead' })
  expect(fence.open).toBe(false)
  expect(clock.pending).toBe(0)
})

test('[LE14] a worker that stops without a table stops all the same', async () => {
  const { lease, world, row } = setUp()
  await lease.start()
  world.cut = true
  await lease.stop()
  expect(row()).toMatchObject({ phase: 'ready' })
})

test('[LE15] each lapse is one line of the log', async () => {
  const { clock, lease, lines, declareDead } = setUp()
  await lease.start()
  declareDead()
  await turn(clock, 4000)
  expect(lines.filter(line => line.includes('fenced'))).toHaveLength(1)
  await lease.stop()
})

test('[LE16] the row tells how long its lease is: an observer may have another', async () => {
  const { clock, lease, row } = setUp()
  await lease.start()
  expect(row()).toMatchObject({ counter: 1, leaseMs: 6000 })
  await turn(clock, 2000)
  expect(row()).toMatchObject({ counter: 2, leaseMs: 6000 })
  await lease.stop()
})
