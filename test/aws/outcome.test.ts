import { expect, test } from 'vitest'
import { asTable, succeeded, type Outcome } from './outcome.ts'

const passed: Outcome = { part: 'Stores', kind: 'passed', detail: '29 passed, 3.1 s' }
const skipped: Outcome = { part: 'Workers (ECS)', kind: 'skipped', detail: '501: not in this release' }

test('[AO1] a line for each part, in columns', () => {
  expect(asTable('LocalStack', [passed, skipped])).toBe(
    [
      'LocalStack',
      '  Stores         passed   29 passed, 3.1 s',
      '  Workers (ECS)  skipped  501: not in this release',
    ].join('\n'),
  )
})

test('[AO2] what was skipped does not fail a run, what failed does', () => {
  expect(succeeded([passed, skipped])).toBe(true)
  expect(succeeded([passed, { ...skipped, kind: 'failed' }])).toBe(false)
})
