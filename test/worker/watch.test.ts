import { expect, test } from 'vitest'
import type { WorkerRow, Workers } from '../../shared/stores/workers.ts'
import { NOTHING_SEEN, observe, Watch, type Fleet } from '../../worker/watch.ts'
import { workerIdOf, workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { silentLog } from '../support/log.ts'
import { MemoryTables, OPEN_WAY } from './ownership/memory-stores.ts'
import { turn } from './ownership/turn.ts'

const LEASE_MS = 6000
const still = workerRowOf('still', { counter: 7 })
type Reading = readonly WorkerRow[] | undefined

/** Who is dead after each of these readings, one every 2 s or at the times given. */
function watch(readings: readonly Reading[], timesMs = readings.map((_, index) => index * 2000)) {
  let state = NOTHING_SEEN
  return readings.map((reading, index) => {
    const seen = observe(state, reading, 1_000_000 + (timesMs[index] ?? 0), LEASE_MS)
    state = seen.state
    return seen.dead.map(row => row.workerId)
  })
}

test('[WA1] a counter that stands still for a whole lease is a death, and not before', () => {
  expect(watch([[still], [still], [still], [still]])).toEqual([[], [], [], [still.workerId]])
})

test('[WA2] a counter that moves is life, however slowly within a lease', () => {
  const moving = [1, 1, 1, 2, 2, 2, 3, 3, 3].map(counter => [workerRowOf('slow', { counter })])
  expect(watch(moving).flat()).toEqual([])
})

test('[WA3] a reading that failed begins the series anew', () => {
  expect(watch([[still], [still], undefined, [still], [still], [still]]).flat()).toEqual([])
})

test('[WA4] so does a long time without any: whoever was paused knows nothing', () => {
  expect(watch([[still], [still], [still]], [0, 2000, 30_000]).flat()).toEqual([])
})

test('[WA5] a worker that is dead already is not declared so again', () => {
  const tombstone = { ...still, phase: 'dead' as const }
  expect(watch([[tombstone], [tombstone], [tombstone], [tombstone]]).flat()).toEqual([])
})

test('[WA6] one that drains and stops renewing dies like any other', () => {
  const draining = { ...still, phase: 'draining' as const }
  expect(watch([[draining], [draining], [draining], [draining]]).at(-1)).toEqual([still.workerId])
})

test('[WA11] a peer whose row tells a longer lease than ours is dead only after that, any other after ours', () => {
  const longer = workerRowOf('longer', { leaseMs: 10_000 })
  const shorter = workerRowOf('shorter', { leaseMs: 2000 })
  const [ours, theirs] = [
    [still.workerId, shorter.workerId],
    [still.workerId, longer.workerId, shorter.workerId],
  ]
  const readings = Array.from({ length: 6 }, () => [still, longer, shorter])
  expect(watch(readings)).toEqual([[], [], [], ours, ours, theirs])
})

function setUp(fence = { open: true }, change: Partial<Workers> = {}) {
  const clock = new FakeClock()
  const tables = new MemoryTables(clock)
  const fleets: Fleet[] = []
  const watching = new Watch({
    workerId: workerIdOf('me'),
    workers: { ...tables.workersOver(OPEN_WAY), ...change },
    fence,
    onFleet: fleet => fleets.push(fleet),
    everyMs: 2000,
    leaseMs: LEASE_MS,
    clock,
    log: silentLog,
  })
  tables.workers.set(still.workerId, still)
  tables.workers.set(workerIdOf('me'), workerRowOf('me'))
  const last = () => ({
    ready: fleets.at(-1)?.ready.map(row => row.workerId),
    dead: fleets.at(-1)?.dead.map(row => row.workerId),
  })
  return { clock, tables, watching, fleets, last, fence }
}

test('[WA7] the dead one is declared so for all to see, and its row outlives it by a quarter of an hour', async () => {
  const { clock, tables, watching, last } = setUp()
  watching.start()
  await turn(clock, 5900)
  expect(last().ready).toContain(still.workerId)
  await turn(clock, 200)
  expect(last()).toEqual({ ready: [workerIdOf('me')], dead: [still.workerId] })
  expect(tables.workers.get(still.workerId)).toMatchObject({
    phase: 'dead',
    expiresAt: Math.floor((clock.now() - 100) / 1000) + 900,
  })
  await watching.stop()
})

test('[WA8] one that was renewed since it was read, or cannot be declared dead, stays alive', async () => {
  const answers = [async () => false, () => Promise.reject(new Error('no DynamoDB'))]
  for (const declareDead of answers) {
    const { clock, watching, last } = setUp({ open: true }, { declareDead })
    watching.start()
    await turn(clock, 7000)
    expect(last()).toEqual({ ready: [still.workerId, workerIdOf('me')], dead: [] })
    await watching.stop()
  }
})

test('[WA9] whoever is fenced itself judges nobody, and not for a whole lease after that', async () => {
  const { clock, watching, fleets, fence, last } = setUp({ open: false })
  watching.start()
  await turn(clock, 20_000)
  expect(fleets).toEqual([])
  fence.open = true
  await turn(clock, 5900)
  expect(last().dead).toEqual([])
  await turn(clock, 2200)
  expect(last().dead).toEqual([still.workerId])
  await watching.stop()
  expect(clock.pending).toBe(0)
})

test('[WA10] a full worker is not ready, and it is not dead', async () => {
  const { clock, tables, watching, last } = setUp()
  tables.workers.set(workerIdOf('full'), workerRowOf('full', { sessions: 100 }))
  watching.start()
  await turn(clock, 100)
  expect(last()).toEqual({ ready: [still.workerId, workerIdOf('me')], dead: [] })
  await watching.stop()
})
