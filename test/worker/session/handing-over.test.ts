import { expect, test } from 'vitest'
import { MAX_HANDOVER_BYTES, type Handover } from '../../../shared/handoff/schemas.ts'
import { Contacts } from '../../../worker/contacts.ts'
import { fitting } from '../../../worker/session/handing-over.ts'
import { jsonBytes } from '../../../worker/translate/text.ts'

const HANDOVER: Handover = {
  up: { last: 7, acked: 6, ids: [[7, 'g']] },
  outbound: { acked: 9, unacked: ['<message/>'], frames: [{ number: 10, id: 'g', seq: 7 }] },
  presence: { messageType: 'PRESENCE', show: 'dnd' },
  seen: ['<presence/>'.repeat(50)],
  requests: [{ from: 'joe@b.example', status: 'hi' }],
}

test('[HG1] a hand-over that fits is given as it is', () => {
  expect(fitting(HANDOVER, 1000)).toBe(HANDOVER)
})

test('[HG2] of a longer one first the presence of contacts stays behind', () => {
  expect(fitting(HANDOVER, 400)).toEqual({ ...HANDOVER, seen: [] })
})

test('[HG3] of one that is longer still only what a crash would lose for good is given: presence, and who asks for the user’s', () => {
  expect(fitting(HANDOVER, 100)).toEqual({
    up: { last: 0, acked: 0, ids: [], unknown: true },
    outbound: { acked: 0, unacked: [], frames: [] },
    presence: HANDOVER.presence,
    seen: [],
    requests: HANDOVER.requests,
  })
})

test('[HG4] as many requests as a session keeps, each as long as can be, fit by themselves', () => {
  const contacts = new Contacts()
  for (let index = 0; index < 1000; index += 1)
    contacts.apply({ kind: 'asked', jid: String(index).padEnd(2047, 'x'), status: '€'.repeat(1024) })
  const requests = [...contacts.requests()].map(({ jid, status }) => ({ from: jid, status }))
  const unacked = ['x'.repeat(MAX_HANDOVER_BYTES)]
  const given = fitting(
    { ...HANDOVER, requests, outbound: { acked: 0, unacked, frames: [] } },
    MAX_HANDOVER_BYTES,
  )
  expect(given.requests).toHaveLength(256)
  expect(jsonBytes(given)).toBeLessThan(MAX_HANDOVER_BYTES / 5)
})
