import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseWorker, Placement } from '../../functions/placement.ts'
import type { WorkerRow, Workers } from '../../shared/stores/workers.ts'
import { workerIdOf, workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'

const first = () => 0
const sequence =
  (...values: number[]) =>
  () =>
    values.shift() ?? 0

function placementOf(rows: WorkerRow[]) {
  const clock = new FakeClock()
  const reads: string[] = []
  const workers: Pick<Workers, 'get' | 'list'> = {
    async list() {
      reads.push('list')
      return [...rows]
    },
    async get(id) {
      reads.push(id)
      return rows.find(row => row.workerId === id)
    },
  }
  return { clock, reads, placement: new Placement({ workers: workers as Workers, clock, random: first }) }
}

test('[PL1] of two workers the one with fewer sessions for its room is chosen', () => {
  const small = workerRowOf('small', { sessions: 5, maxSessions: 10 })
  const big = workerRowOf('big', { sessions: 40, maxSessions: 100 })
  expect(chooseWorker([small, big], first)).toBe(big)
  expect(chooseWorker([big, small], first)).toBe(big)
})

test('[PL2] only two are compared, both by chance', () => {
  const rows = ['a', 'b', 'c', 'd'].map((name, at) => workerRowOf(name, { sessions: 40 - at }))
  expect(chooseWorker(rows, sequence(0, 0))?.workerId).toBe(workerIdOf('b'))
  expect(chooseWorker(rows, sequence(0.99, 0))?.workerId).toBe(workerIdOf('d'))
  expect(chooseWorker(rows, sequence(0, 0.99))?.workerId).toBe(workerIdOf('d'))
})

test('[PL3] draining workers are never chosen, full ones only when all are', () => {
  const full = workerRowOf('full', { sessions: 100 })
  const room = workerRowOf('room', { sessions: 99 })
  const draining = workerRowOf('drain', { phase: 'draining' })
  expect(chooseWorker([draining, full, room], first)).toBe(room)
  expect(chooseWorker([draining, full], first)).toBe(full)
  expect(chooseWorker([draining], first)).toBeUndefined()
  expect(chooseWorker([], first)).toBeUndefined()
})

test('[PL4] whatever the rows and the chance, the choice is ready, and has room when any has', () => {
  const row = fc.record({
    sessions: fc.nat(5),
    maxSessions: fc.integer({ min: 1, max: 5 }),
    phase: fc.constantFrom('ready' as const, 'draining' as const),
  })
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 6 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (changes, chance) => {
        const rows = changes.map((change, at) => workerRowOf(`r${at}`, change))
        const ready = rows.filter(each => each.phase === 'ready')
        const chosen = chooseWorker(rows, () => chance)
        expect(chosen === undefined).toBe(ready.length === 0)
        if (!chosen) return
        expect(chosen.phase).toBe('ready')
        if (ready.some(each => each.sessions < each.maxSessions))
          expect(chosen.sessions).toBeLessThan(chosen.maxSessions)
      },
    ),
  )
})

test('[PL5] the list is read anew after 2 s', async () => {
  const { placement, reads, clock } = placementOf([workerRowOf('a')])
  await placement.forSession()
  clock.advance(1999)
  await placement.anyLive()
  expect(reads).toEqual(['list'])
  clock.advance(1)
  await placement.forSession()
  expect(reads).toEqual(['list', 'list'])
})

test('[PL6] when nobody in a remembered list will do, it is read anew: one may just have started', async () => {
  const rows = [workerRowOf('a')]
  const { placement } = placementOf(rows)
  await placement.forSession()
  rows.push(workerRowOf('b'))
  expect((await placement.forSession(new Set([workerIdOf('a')])))?.workerId).toBe(workerIdOf('b'))
  expect(await placement.forSession(new Set([workerIdOf('a'), workerIdOf('b')]))).toBeUndefined()
})

test('[PL7] any live worker can push, a draining one too', async () => {
  const { placement } = placementOf([workerRowOf('a', { phase: 'draining' })])
  expect((await placement.anyLive())?.workerId).toBe(workerIdOf('a'))
  expect(await placement.forSession()).toBeUndefined()
})

test('[PL8] one row is remembered for 2 s unless a fresh one is asked for; a missing one is not remembered', async () => {
  const { placement, reads, clock } = placementOf([workerRowOf('a')])
  const [a, b] = [workerIdOf('a'), workerIdOf('b')]
  for (const fresh of [false, false, true]) await placement.get(a, fresh)
  expect(reads).toEqual([a, a])
  clock.advance(2000)
  await placement.get(a)
  await placement.get(b)
  await placement.get(b)
  expect(reads).toEqual([a, a, a, b, b])
})

test('[PL10] one that is remembered as dead is read anew when it may have come back; no other is read twice', async () => {
  const rows = [workerRowOf('a', { phase: 'dead' }), workerRowOf('b')]
  const { placement, reads } = placementOf(rows)
  const [a, b, c] = [workerIdOf('a'), workerIdOf('b'), workerIdOf('c')]
  for (const id of [a, b]) await placement.get(id)
  expect(await placement.living(a)).toBeUndefined()
  rows[0] = workerRowOf('a')
  expect((await placement.living(a))?.workerId).toBe(a)
  expect((await placement.living(b))?.workerId).toBe(b)
  expect(await placement.living(c)).toBeUndefined()
  expect(reads).toEqual([a, b, a, a, c])
})

test('[PL9] one to be avoided is chosen only when there is no other, and after 10 s like all', async () => {
  const { placement, clock } = placementOf([workerRowOf('a'), workerRowOf('b', { sessions: 50 })])
  const [a, b] = [workerIdOf('a'), workerIdOf('b')]
  placement.avoid(a)
  expect((await placement.forSession())?.workerId).toBe(b)
  expect((await placement.anyLive())?.workerId).toBe(b)
  expect((await placement.forSession(new Set([b])))?.workerId).toBe(a)
  clock.advance(10_000)
  expect((await placement.forSession())?.workerId).toBe(a)
})
