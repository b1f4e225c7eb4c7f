import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fullBucket, take } from '../../../worker/session/bucket.ts'
import { Handled } from '../../../worker/session/handled.ts'
import { Outbox } from '../../../worker/session/outbox.ts'
import { Recent } from '../../../worker/session/recent.ts'
import { Requests } from '../../../worker/session/requests.ts'
import { FakeClock } from '../../support/fake-clock.ts'

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

test('[HA1] h passes a stanza without an event at once, and one with an event when it is taken', () => {
  const handled = new Handled()
  expect(handled.seen(1, false)).toBe(1)
  expect(handled.seen(2, true)).toBe(1)
  expect(handled.seen(3, false)).toBe(1)
  expect(handled.seen(4, true)).toBe(1)
  expect(handled.taken(4)).toBe(1)
  expect(handled.taken(2)).toBe(4)
})

test('[HA2] h never passes a stanza whose event is still open, in whatever order events are taken', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
      fc.infiniteStream(fc.nat()),
      (stanzas, choose) => {
        const handled = new Handled()
        const open: number[] = []
        const check = (floor: number) => {
          for (const count of open) expect(floor).toBeLessThan(count)
        }
        stanzas.forEach((hasEvent, index) => {
          if (hasEvent) open.push(index + 1)
          check(handled.seen(index + 1, hasEvent))
        })
        let floor = 0
        while (open.length > 0) {
          const [count] = open.splice(choose.next().value % open.length, 1)
          floor = handled.taken(count ?? 0)
          check(floor)
        }
        if (stanzas.some(Boolean)) expect(floor).toBe(stanzas.length)
      },
    ),
  )
})

test('[HA3] what a resumed stream brings again is known as a repeat', () => {
  const handled = new Handled()
  handled.seen(1, true)
  expect(handled.isRepeat(1)).toBe(true)
  expect(handled.isRepeat(2)).toBe(false)
})

test('[OB1] acknowledged messages are forgotten; without a count from the server the rest is unsure', () => {
  const outbox = new Outbox()
  outbox.add(1, 'a')
  outbox.add(2, 'b')
  outbox.acknowledged(1)
  expect(outbox.startOver(undefined)).toMatchObject([{ id: 'b', code: 'unsure' }])
  expect(outbox.startOver(undefined)).toEqual([])
})

test('[OB2] with the count of <failed h/> the rest was certainly not handled', () => {
  const outbox = new Outbox()
  outbox.add(4, 'a')
  outbox.add(5, undefined)
  expect(outbox.startOver(4)).toMatchObject([{ id: undefined, code: 'try-again' }])
})

test('[OB3] it is full at 256 unacknowledged messages', () => {
  const outbox = new Outbox()
  for (let number = 1; number <= 256; number += 1) outbox.add(number, undefined)
  expect(outbox.full).toBe(true)
  outbox.acknowledged(1)
  expect(outbox.full).toBe(false)
})

test('[RE1] the oldest entry goes when there are too many; setting again makes it the youngest', () => {
  const recent = new Recent<string, number>(2)
  recent.set('a', 1)
  recent.set('b', 2)
  recent.set('a', 3)
  recent.set('c', 4)
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([3, undefined, 4])
})

test('[RQ1] a request without an answer times out after 30 s, once; an answered one never', () => {
  const clock = new FakeClock()
  const timedOut: unknown[] = []
  const requests = new Requests(clock, request => timedOut.push(request))
  requests.add('1', undefined, { kind: 'roster' })
  requests.add('2', 'localhost', { kind: 'carbons' })
  expect(requests.find('2')?.to).toBe('localhost')
  requests.close('2')
  clock.advance(29_999)
  expect(timedOut).toEqual([])
  clock.advance(1)
  expect(timedOut).toEqual([{ kind: 'roster' }])
  expect(clock.pending).toBe(0)
})

test('[RQ2] abandoned requests leave no timer behind', () => {
  const clock = new FakeClock()
  const requests = new Requests(clock, () => expect.unreachable())
  requests.add('1', undefined, { kind: 'roster' })
  expect(requests.abandon()).toEqual([{ kind: 'roster' }])
  expect(clock.pending).toBe(0)
})
