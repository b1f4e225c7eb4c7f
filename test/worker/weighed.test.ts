import { expect, test } from 'vitest'
import { Weighed } from '../../worker/weighed.ts'

const ofLengths = () => new Weighed<string>(10, (key, value) => key.length + value.length)

test('[WE1] what fits is kept, to the last grain', () => {
  const map = ofLengths()
  expect(map.set('a', '1234')).toBe(true)
  expect(map.set('b', '1234')).toBe(true)
  expect(map.fits('c', '')).toBe(false)
  expect([...map.keys()]).toEqual(['a', 'b'])
  expect([...map.values()]).toEqual(['1234', '1234'])
})

test('[WE2] what does not fit is not kept, nor what was under its key', () => {
  const map = ofLengths()
  map.set('a', '1234')
  expect(map.set('a', '1234567890')).toBe(false)
  expect(map.has('a')).toBe(false)
  expect(map.set('b', '123456789')).toBe(true)
})

test('[WE3] an entry is weighed against the room that the one before it leaves', () => {
  const map = ofLengths()
  map.set('a', '123456789')
  expect(map.fits('a', '987654321')).toBe(true)
  expect(map.set('a', '1')).toBe(true)
  expect(map.set('b', '1234567')).toBe(true)
})

test('[WE4] what is deleted, even twice, or cleared weighs nothing any more', () => {
  const map = ofLengths()
  map.set('a', '123456789')
  map.delete('a')
  map.delete('a')
  expect(map.fits('b', '1234567890')).toBe(false)
  expect(map.set('b', '123456789')).toBe(true)
  map.clear()
  expect(map.get('b')).toBeUndefined()
  expect(map.set('c', '123456789')).toBe(true)
})
