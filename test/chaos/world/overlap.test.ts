import { expect, test } from 'vitest'
import { Overlap } from './overlap.ts'

test('[CW9] of effects that overlap each lasts until its own end, and the strongest counts; of equals the later', () => {
  const overlap = new Overlap<{ name: string; rate: number }>(({ rate }) => rate)
  const [weak, strong, equal] = [
    { name: 'weak', rate: 0.3 },
    { name: 'strong', rate: 0.5 },
    { name: 'equal', rate: 0.3 },
  ]
  expect(overlap.strongest).toBeUndefined()
  overlap.begin(strong)
  overlap.begin(weak)
  expect(overlap.strongest).toBe(strong)
  overlap.end(strong)
  expect(overlap.strongest).toBe(weak)
  overlap.begin(equal)
  expect(overlap.strongest).toBe(equal)
  overlap.end(strong)
  overlap.end(weak)
  expect(overlap.strongest).toBe(equal)
  overlap.clear()
  expect(overlap.strongest).toBeUndefined()
})
