import { expect, test } from 'vitest'
import { Tally } from '../../../shared/emf/tally.ts'

test('[TL1] counts of one name are added up, each label by itself', () => {
  const tally = new Tally()
  for (const n of [1, 2, 3]) tally.count('Pushes', n)
  tally.count('LoginFailures', 1, 'tls')
  tally.count('LoginFailures', 1, 'timeout')
  tally.count('LoginFailures', 1, 'tls')
  expect(tally.take()).toEqual([
    { name: 'Pushes', label: undefined, values: [6] },
    { name: 'LoginFailures', label: 'tls', values: [2] },
    { name: 'LoginFailures', label: 'timeout', values: [1] },
  ])
})

test('[TL2] of a gauge the last value counts, of times each', () => {
  const tally = new Tally()
  for (const value of [7, 5]) tally.gauge('Sessions', value)
  for (const ms of [3, 4]) tally.time('HandoffMs', ms, 'frames')
  expect(tally.take()).toEqual([
    { name: 'Sessions', label: undefined, values: [5] },
    { name: 'HandoffMs', label: 'frames', values: [3, 4] },
  ])
})

test('[TL3] what was taken is not there again', () => {
  const tally = new Tally()
  tally.count('Pushes', 1)
  tally.take()
  expect(tally.take()).toEqual([])
  tally.count('Pushes', 1)
  expect(tally.take()).toEqual([{ name: 'Pushes', label: undefined, values: [1] }])
})
