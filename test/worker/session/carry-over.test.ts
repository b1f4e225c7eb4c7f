import { expect, test } from 'vitest'
import type { DownFrame } from '../../../shared/wire/down.ts'
import { CarryOver } from '../../../worker/session/carry-over.ts'
import { logEntry } from '../../../worker/session/log-entry.ts'

const tick = (id: string): DownFrame => ({ messageType: 'STATE', id, state: 'delivered' })
const TICK_BYTES = JSON.stringify(tick('m1')).length

/** One stanza for each, from 1 on. */
const entriesOf = (events: readonly DownFrame[]) =>
  events.map((event, index) =>
    logEntry({ seq: index + 1, events: [event], atMs: 0, carries: false }, 8192, true),
  )

test('[OV1] as many events are taken as there is room for, oldest first, and at least one', () => {
  const carried = new CarryOver()
  carried.add(entriesOf(['m1', 'm2', 'm3', 'm4'].map(tick)))
  expect(carried.take(2 * TICK_BYTES)).toEqual(['m1', 'm2'].map(tick))
  expect(carried.take(1)).toEqual([tick('m3')])
  expect(carried.take(8192)).toEqual([tick('m4')])
  expect(carried.take(8192)).toEqual([])
})

test('[OV2] of too many events over several streams the oldest are dropped', () => {
  const carried = new CarryOver()
  carried.add(entriesOf([tick('first')]))
  const many = entriesOf(Array.from({ length: 1000 }, (_, index) => tick(String(index))))
  carried.add(many)
  const left = carried.take(1_000_000)
  expect(left).toHaveLength(1000)
  expect(left[0]).toEqual(tick('0'))
})

test('[OV3] that something is lost is announced once, before all that waits', () => {
  const carried = new CarryOver()
  const gap = { messageType: 'GAP', reason: 'not-in-archive' } as const
  carried.put(tick('m1'))
  carried.announce(gap)
  carried.announce(gap)
  expect(carried.take(8192)).toEqual([gap, tick('m1')])
})
