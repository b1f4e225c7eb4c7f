import { expect, test } from 'vitest'
import { Cache } from '../../functions/cache.ts'
import { FakeClock } from '../support/fake-clock.ts'

const cacheOf = (clock: { now(): number }) =>
  new Cache<number>({ clock: clock as FakeClock, ttlMs: 100, maxEntries: 3 })

test('[CA1] an entry lives as long as told, counted from its last set', () => {
  const clock = new FakeClock()
  const cache = cacheOf(clock)
  cache.set('a', 1)
  clock.advance(99)
  expect(cache.get('a')).toBe(1)
  cache.set('a', 2)
  clock.advance(99)
  expect(cache.get('a')).toBe(2)
  clock.advance(1)
  expect(cache.get('a')).toBeUndefined()
})

test('[CA2] the oldest entry goes when there are too many; setting one again makes it young', () => {
  const cache = cacheOf(new FakeClock())
  for (const [at, key] of ['a', 'b', 'c', 'a', 'd'].entries()) cache.set(key, at)
  expect(['a', 'b', 'c', 'd'].map(key => cache.get(key))).toEqual([3, undefined, 2, 4])
})

test('[CA3] a deleted entry is gone, and the names of object members are keys like others', () => {
  const cache = cacheOf(new FakeClock())
  cache.set('__proto__', 1)
  expect(cache.get('__proto__')).toBe(1)
  cache.delete('__proto__')
  expect(cache.get('__proto__')).toBeUndefined()
  expect(cache.get('constructor')).toBeUndefined()
})

test('[CA4] nothing outlives a wall clock that was set back', () => {
  let nowMs = 1000
  const cache = cacheOf({ now: () => nowMs })
  cache.set('a', 1)
  nowMs = 500
  expect(cache.get('a')).toBeUndefined()
})
