import { describe, expect, test } from 'vitest'
import { median, percentile } from '../../bench/stats.ts'

/** 1 to 100 in an order that is not theirs. */
const hundred = Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) + 1)

describe('the median', () => {
  test('[BS1] of an odd number of values is the one in the middle, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  test('[BS2] of an even number is the mean of the two in the middle', () => {
    expect(median([4, 1, 100, 2])).toBe(3)
  })

  test('[BS3] compares as numbers, not as texts', () => {
    expect(median([10, 9, 100])).toBe(10)
  })
})

describe('a percentile', () => {
  test('[BS4] is a value that was measured: the smallest that so large a share does not exceed', () => {
    expect(percentile(hundred, 0.95)).toBe(95)
    expect(percentile(hundred, 0.99)).toBe(99)
    expect(percentile(hundred, 0.991)).toBe(100)
  })

  test('[BS5] of few values is the largest of them', () => {
    expect(percentile([3, 1, 2], 0.99)).toBe(3)
    expect(percentile([7], 0.5)).toBe(7)
  })

  test('[BS6] of share 0 is the smallest, of share 1 the largest', () => {
    expect(percentile(hundred, 0)).toBe(1)
    expect(percentile(hundred, 1)).toBe(100)
  })
})

test('[BS7] there is no figure of no values', () => {
  expect(() => median([])).toThrow(RangeError)
  expect(() => percentile([], 0.5)).toThrow(RangeError)
})

test('[BS8] the values stay in the order they came', () => {
  const values = [3, 1, 2]
  median(values)
  percentile(values, 0.5)
  expect(values).toEqual([3, 1, 2])
})
