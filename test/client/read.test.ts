import { expect, test } from 'vitest'
import { read } from '../../client/src/read.ts'
import { downFrame, type DownFrame } from '../../shared/wire/down.ts'
import { joinSuccess, message } from './support/frames.ts'

const contact = {
  jid: 'jose@example.org',
  name: 'José',
  groups: ['friends'],
  subscription: 'both',
  pending: false,
  presence: { show: 'away', status: 'lunch' },
} as const

type Read = Exclude<DownFrame['messageType'], 'GET_CONTACTS'>
type Samples = { readonly [T in Read]: Extract<DownFrame, { messageType: T }> }

/** Each frame with all it may have; the client never asks for GET_CONTACTS. */
const samples: Samples = {
  JOIN_SUCCESS: { ...joinSuccess(), id: 'r1' },
  FORBIDDEN: { messageType: 'FORBIDDEN', id: 'r1', code: 'locked', message: 'Wait.', retryAfterMs: 100 },
  ERROR: { messageType: 'ERROR', id: 'r1', code: 'try-again', message: 'Later.', retryAfterMs: 100 },
  LEAVE: { messageType: 'LEAVE', id: 'r1', code: 'left', message: 'Bye.' },
  PONG: { messageType: 'PONG', id: 'r1' },
  NEW_MESSAGE: {
    ...message('hi', { id: 'a', mid: 'm', delayed: true, own: true, truncated: true, part: [1, 2] }),
  } as Samples['NEW_MESSAGE'],
  CONTACT: { messageType: 'CONTACT', ...contact, groups: ['friends'], removed: true },
  ADD_CONTACT: { messageType: 'ADD_CONTACT', id: 'r1', to: 'jose' },
  UNSUBSCRIBE: { messageType: 'UNSUBSCRIBE', id: 'r1', to: 'jose' },
  SUBSCRIPTION: { messageType: 'SUBSCRIPTION', from: 'jose', status: 'It is me' },
  PRESENCE: { messageType: 'PRESENCE', from: 'jose', show: 'dnd', status: 'busy' },
  STATE: {
    messageType: 'STATE',
    id: 'a',
    from: 'jose',
    state: 'failed',
    code: 'not-found',
    message: 'Nobody there.',
  },
  TYPING: { messageType: 'TYPING', from: 'jose', state: 'composing' },
  HISTORY: {
    messageType: 'HISTORY',
    id: 'r1',
    items: [message('hi') as Samples['NEW_MESSAGE']],
    complete: true,
    first: 'm1',
    last: 'm2',
    part: [1, 2],
  },
  SNAPSHOT: {
    messageType: 'SNAPSHOT',
    contacts: [{ ...contact, groups: ['friends'] }],
    requests: [{ from: 'eva', status: 'Hello' }],
    part: [1, 2],
  },
  SYNC: { messageType: 'SYNC', ack: 4 },
  RESET: { messageType: 'RESET', stream: 2, seq: 0 },
  GAP: { messageType: 'GAP', with: 'jose', after: 'm1', before: 'm2', reason: 'no-archive' },
}

/** What the client does not look at. */
const UNREAD = new Set([
  'JOIN_SUCCESS.id',
  'JOIN_SUCCESS.to',
  'JOIN_SUCCESS.registered',
  'FORBIDDEN.id',
  'FORBIDDEN.message',
  'LEAVE.id',
  'LEAVE.message',
  'PONG.id',
  'ADD_CONTACT.to',
  'UNSUBSCRIBE.to',
  'STATE.message',
])

function isRead(frame: unknown): boolean {
  const heard = read(JSON.stringify(frame))
  return heard !== undefined && 'messageType' in heard
}

test.each(Object.values(samples))('[RD1] $messageType is read as the schema says, field by field', sample => {
  expect(downFrame.safeParse(sample).error).toBeUndefined()
  expect(isRead(sample)).toBe(true)
  for (const key of Object.keys(sample)) {
    if (key === 'messageType' || UNREAD.has(`${sample.messageType}.${key}`)) continue
    const without = { ...sample, [key]: undefined }
    const wrong = { ...sample, [key]: { other: 1 } }
    expect([key, isRead(without)]).toEqual([key, downFrame.safeParse(without).success])
    expect([key, isRead(wrong)]).toEqual([key, downFrame.safeParse(wrong).success])
  }
})

test('[RD2] what is inside of a frame is read as well', () => {
  const bad = { ...contact, presence: { show: 7 } }
  expect(isRead({ messageType: 'SNAPSHOT', contacts: [bad], requests: [] })).toBe(false)
  expect(isRead({ ...samples.HISTORY, items: [message('hi'), { from: 'x' }] })).toBe(false)
  expect(isRead({ ...joinSuccess(), limits: { pingMs: 1 } })).toBe(false)
})

test('[RD3] a batch gives log items apart from what has no place in the log; a RESET has none', () => {
  const frames = [
    { seq: 4, ...message('one') },
    { messageType: 'RESET', stream: 1, seq: 3 },
    { seq: 5, events: [message('two'), samples.STATE] },
    samples.PRESENCE,
  ]
  const incoming = read(JSON.stringify({ stream: 1, epoch: 2, prev: 3, ack: 9, frames }))
  expect(incoming).toMatchObject({
    stream: 1,
    epoch: 2,
    prev: 3,
    ack: 9,
    items: [
      { seq: 4, events: [{ content: 'one' }] },
      { seq: 5, events: [{ content: 'two' }, { state: 'failed' }] },
    ],
    loose: [{ messageType: 'RESET' }, { messageType: 'PRESENCE' }],
  })
})

test('[RD4] an event of tomorrow keeps its place, and a frame of tomorrow is left out', () => {
  const frames = [{ seq: 1, messageType: 'REACTION' }, { messageType: 'WEATHER' }, 7]
  const incoming = read(JSON.stringify({ stream: 1, epoch: 1, prev: 0, ack: 0, frames }))
  expect(incoming).toMatchObject({ items: [{ seq: 1, events: [] }], loose: [] })
})

test('[RD5] what the gateway says for itself means to try again, and anything else is unreadable', () => {
  const gateway = { message: 'Internal server error', connectionId: 'c', requestId: 'r' }
  expect(read(JSON.stringify(gateway))).toMatchObject({ messageType: 'ERROR', code: 'try-again' })
  const others = [
    '',
    '{',
    '[]',
    '7',
    '{}',
    '{"messageType":"constructor"}',
    '{"messageType":"presence","show":"away"}',
    '{"stream":-1}',
    new Uint8Array(3),
  ]
  for (const other of others) expect(read(other)).toBeUndefined()
})
