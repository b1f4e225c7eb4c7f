import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Handled } from '../../../worker/session/handled.ts'

test('[HA1] h passes a stanza without an event at once, and one with an event when it is taken', () => {
  const handled = new Handled(0)
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
        const handled = new Handled(0)
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

test('[HA3] what a resumed stream brings again is known as a repeat, also to the worker that goes on with it', () => {
  const handled = new Handled(7)
  expect(handled.isRepeat(7)).toBe(true)
  expect(handled.isRepeat(8)).toBe(false)
  handled.seen(8, true)
  expect(handled.isRepeat(8)).toBe(true)
  expect(handled.all).toBe(7)
})
