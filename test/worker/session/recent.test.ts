import { expect, test } from 'vitest'
import { Recent } from '../../../worker/session/recent.ts'

test('[RE1] the oldest entry goes when there are too many; setting again makes it the youngest', () => {
  const recent = new Recent<string, number>(2)
  recent.set('a', 1)
  recent.set('b', 2)
  recent.set('a', 3)
  recent.set('c', 4)
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([3, undefined, 4])
})
