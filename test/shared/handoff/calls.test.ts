import { expect, test } from 'vitest'
import { workerIdOf } from '../stores/rows.ts'
import { ATTACH, CLAIM, client, JOINED, OPEN, PUSH, SESSION, worker } from './subject.ts'
import { answerWith } from './test-worker.ts'

test('[HC1] open sends the token of the row, the trace id and the request, and reads who joined', async () => {
  const { row, seen } = await worker(answerWith(200, JOINED))
  expect(await client().open(row, OPEN, 'trace=')).toEqual({ kind: 'joined', ...JOINED })
  expect(seen).toMatchObject([{ method: 'POST', url: '/sessions', body: OPEN }])
  expect(seen[0]?.headers).toMatchObject({
    authorization: 'Bearer token',
    'x-trace-id': 'trace=',
    'content-type': 'application/json',
  })
})

test.each([
  [401, { code: 'registration-refused' }, { kind: 'refused', code: 'registration-refused' }],
  [409, { owner: workerIdOf('b') }, { kind: 'not-owner', owner: workerIdOf('b') }],
  [503, { code: 'busy' }, { kind: 'busy', code: 'busy' }],
  [503, { code: 'server-unavailable' }, { kind: 'busy', code: 'server-unavailable' }],
  [200, { sessionId: '../etc', registered: true }, { kind: 'unanswered', cause: { name: 'UnknownAnswer' } }],
  [401, { code: 'no-such-code' }, { kind: 'unreachable', cause: { name: 'TokenRefused' } }],
  [500, { code: 'busy' }, { kind: 'unanswered', cause: { name: 'UnknownAnswer', status: 500 } }],
  [302, undefined, { kind: 'unanswered', cause: { name: 'UnknownAnswer', status: 302 } }],
])('[HC2] open reads %i %o', async (status, body, outcome) => {
  const { row } = await worker(answerWith(status, body))
  expect(await client().open(row, OPEN, 't')).toMatchObject(outcome)
})

test.each([
  [202, undefined, { kind: 'taken' }],
  [404, undefined, { kind: 'not-here' }],
  [409, { owner: workerIdOf('b') }, { kind: 'not-owner', owner: workerIdOf('b') }],
  [409, { owner: 'http://169.254.169.254' }, { kind: 'unanswered' }],
  [503, undefined, { kind: 'later' }],
])('[HC3] frames reads %i %o', async (status, body, outcome) => {
  const { row, seen } = await worker(answerWith(status, body))
  const request = { connectionId: 'c1=', frame: { messageType: 'PING' as const } }
  expect(await client().frames(row, SESSION, request, 't')).toMatchObject(outcome)
  expect(seen).toMatchObject([{ method: 'POST', url: `/sessions/${SESSION}/frames`, body: request }])
})

test('[HC18] a batch goes as it is', async () => {
  const { row, seen } = await worker(answerWith(202))
  const request = { connectionId: 'c1=', batch: { stream: 1, ack: 2, frames: [{ messageType: 'PING' }, 7] } }
  expect(await client().frames(row, SESSION, request, 't')).toEqual({ kind: 'taken' })
  expect(seen).toMatchObject([{ method: 'POST', url: `/sessions/${SESSION}/frames`, body: request }])
})

test.each([
  [200, {}, { kind: 'attached' }],
  [200, { replaced: SESSION }, { kind: 'attached', replaced: SESSION }],
  [401, { code: 'token-expired' }, { kind: 'refused' }],
  [401, undefined, { kind: 'unreachable', cause: { name: 'TokenRefused' } }],
  [404, undefined, { kind: 'not-here' }],
  [409, { owner: workerIdOf('b') }, { kind: 'not-owner', owner: workerIdOf('b') }],
  [503, undefined, { kind: 'later' }],
  [200, undefined, { kind: 'unanswered', cause: { name: 'UnknownAnswer' } }],
])(
  '[HC19] attach reads %i %o; a wrong token is told from a wrong bearer token',
  async (status, body, outcome) => {
    const { row, seen } = await worker(answerWith(status, body))
    expect(await client().attach(row, SESSION, ATTACH, 't')).toMatchObject(outcome)
    expect(seen).toMatchObject([{ method: 'POST', url: `/sessions/${SESSION}/socket`, body: ATTACH }])
  },
)

test.each([
  [204, { kind: 'claimed' }],
  [409, { kind: 'not-claimed' }],
  [503, { kind: 'not-claimed' }],
  [413, { kind: 'unanswered' }],
])('[HC20] claim hands a session over and reads %i', async (status, outcome) => {
  const { row, seen } = await worker(answerWith(status))
  expect(await client().claim(row, SESSION, CLAIM, 't')).toMatchObject(outcome)
  expect(seen).toMatchObject([{ method: 'POST', url: `/sessions/${SESSION}/claim`, body: CLAIM }])
})

test.each([
  [204, { kind: 'evicted' }],
  [404, { kind: 'not-here' }],
  [503, { kind: 'later' }],
])('[HC21] evict reads %i', async (status, outcome) => {
  const { row, seen } = await worker(answerWith(status))
  expect(await client().evict(row, SESSION, false, 't')).toEqual(outcome)
  await client().evict(row, SESSION, true, 't')
  expect(seen).toMatchObject([
    { method: 'DELETE', url: `/sessions/${SESSION}` },
    { method: 'DELETE', url: `/sessions/${SESSION}?attached` },
  ])
})

test.each([
  [204, { kind: 'gone' }],
  [404, { kind: 'not-here' }],
  [503, { kind: 'later' }],
  [500, { kind: 'unanswered' }],
])('[HC4] socketGone names the connection in the path, escaped, and reads %i', async (status, outcome) => {
  const { row, seen } = await worker(answerWith(status))
  const socket = { connectionId: 'a/b+c=', taken: false }
  expect(await client().socketGone(row, SESSION, socket, 't')).toMatchObject(outcome)
  await client().socketGone(row, SESSION, { ...socket, taken: true }, 't')
  const url = `/sessions/${SESSION}/sockets/a%2Fb%2Bc%3D`
  expect(seen).toMatchObject([
    { method: 'DELETE', url },
    { method: 'DELETE', url: `${url}?taken` },
  ])
})

test('[HC5] push sends the frame and is done when the worker took it', async () => {
  const { row, seen } = await worker(answerWith(202))
  expect(await client().push(row, PUSH, 't')).toEqual({ kind: 'pushed' })
  expect(seen).toMatchObject([{ method: 'POST', url: '/push', body: PUSH }])
})
