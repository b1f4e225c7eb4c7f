import { expect, test } from 'vitest'
import { asTable, isReached, type Figure } from '../../bench/report.ts'

const machine = {
  cores: 2,
  processor: 'a processor',
  memoryMb: 1024,
  node: 'v24.0.0',
  prosody: 'Prosody 0.12.3',
  date: '2026-01-02T03:04:05.000Z',
}
const logins: Figure = {
  name: 'logins',
  value: 61.23,
  unit: '/s',
  beside: { name: 'bare stream', value: 100 },
  ratio: 0.6123,
  ratios: [0.55, 0.7],
  target: { of: 'ratio', is: 'at least', limit: 0.6 },
}
const memory: Figure = {
  name: 'RSS',
  value: 161,
  unit: 'KB',
  target: { of: 'value', is: 'at most', limit: 160 },
}

test('[BR1] a target of a ratio is held against the ratio, one of a value against the value', () => {
  expect(isReached(logins)).toBe(true)
  expect(isReached({ ...logins, ratio: 0.59 })).toBe(false)
  expect(isReached(memory)).toBe(false)
  expect(isReached({ ...memory, value: 160 })).toBe(true)
})

test('[BR2] a figure without a target neither reaches nor misses one', () => {
  expect(isReached({ name: 'JOINs', value: 11, unit: '/s' })).toBeUndefined()
})

test('[BR3] the table says beside each figure what it stands against and whether it reaches its target', () => {
  const table = asTable({ machine, quick: false, tookS: 100, figures: [logins, memory] })
  expect(table.split('\n').map(line => line.replace(/ {2,}/g, ' | '))).toEqual([
    '2 cores (a processor), Node v24.0.0, Prosody 0.12.3, 2026-01-02T03:04:05.000Z, 100 s',
    '',
    ' | bridge | beside it | ratio | target',
    'logins | 61.2 /s | 100 /s (bare stream) | 0.612× (0.55 to 0.7) | ≥ 0.6×: reached',
    'RSS | 161 KB | ≤ 160 KB: NOT reached',
  ])
})
