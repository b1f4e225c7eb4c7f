import { expect, test } from 'vitest'
import { rendezvous } from '../../worker/rendezvous.ts'
import { sessionIdOf, workerIdOf } from '../shared/stores/rows.ts'

const workers = ['a', 'b', 'c', 'd'].map(workerIdOf)
const sessions = Array.from({ length: 4000 }, (_, index) => sessionIdOf(String(index)))

test('[RV1] nobody is named when nobody is there', () => {
  expect(rendezvous(sessionIdOf('s'), [])).toBeUndefined()
})

test('[RV2] the order in which the workers are known does not matter', () => {
  for (const id of sessions.slice(0, 100)) {
    expect(rendezvous(id, workers)).toBe(rendezvous(id, workers.toReversed()))
  }
})

test('[RV3] the shares are about equal', () => {
  const shares = Map.groupBy(sessions, id => rendezvous(id, workers))
  for (const worker of workers) {
    const share = shares.get(worker)?.length ?? 0
    expect(share).toBeGreaterThan(900)
    expect(share).toBeLessThan(1100)
  }
})

test('[RV4] with one worker gone only its share moves', () => {
  const [gone = '', ...left] = workers
  for (const id of sessions) {
    const before = rendezvous(id, workers)
    if (before !== gone) expect(rendezvous(id, left)).toBe(before)
  }
})
