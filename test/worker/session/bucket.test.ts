import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fullBucket, take } from '../../../worker/session/bucket.ts'

test('[BU1] a bucket lets a burst through, then one token per interval, and says how long to wait', () => {
  const limits = { rate: 20, burst: 3 }
  let bucket = fullBucket(limits, 0)
  const answers = [0, 0, 0, 0, 25, 50].map(nowMs => {
    const taken = take(bucket, limits, nowMs)
    bucket = taken.bucket
    return taken.ok ? 'ok' : taken.retryAfterMs
  })
  expect(answers).toEqual(['ok', 'ok', 'ok', 50, 25, 'ok'])
})

test('[BU2] no run of takes ever passes more than burst + rate × time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 }), gaps => {
      const limits = { rate: 7, burst: 5 }
      let bucket = fullBucket(limits, 0)
      let nowMs = 0
      let passed = 0
      for (const gap of gaps) {
        nowMs += gap
        const taken = take(bucket, limits, nowMs)
        bucket = taken.bucket
        if (taken.ok) passed += 1
      }
      expect(passed).toBeLessThanOrEqual(limits.burst + (limits.rate * nowMs) / 1000 + 1e-6)
    }),
  )
})
