import { expect, test } from 'vitest'
import type { Handover } from '../../../shared/handoff/schemas.ts'
import { fitting } from '../../../worker/session/handing-over.ts'

const HANDOVER: Handover = {
  up: { last: 7, acked: 6, ids: [[7, 'g']] },
  outbound: { acked: 9, unacked: ['<message/>'], frames: [{ number: 10, id: 'g', seq: 7 }] },
  presence: { messageType: 'PRESENCE', show: 'dnd' },
  seen: ['<presence/>'.repeat(50)],
  requests: [],
}

test('[HG1] a hand-over that fits is given as it is', () => {
  expect(fitting(HANDOVER, 1000)).toBe(HANDOVER)
})

test('[HG2] of a longer one first the presence of contacts stays behind', () => {
  expect(fitting(HANDOVER, 400)).toEqual({ ...HANDOVER, seen: [] })
})

test('[HG3] of one that is longer still only that nothing is known is given, as after a crash', () => {
  expect(fitting(HANDOVER, 100)).toEqual({
    up: { last: 0, acked: 0, ids: [], unknown: true },
    outbound: { acked: 0, unacked: [], frames: [] },
    presence: HANDOVER.presence,
    seen: [],
    requests: [],
  })
})
