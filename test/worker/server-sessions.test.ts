import { expect, test } from 'vitest'
import { MAX_HANDOVER_BYTES } from '../../shared/handoff/schemas.ts'
import {
  ADOPTED,
  ATTACH,
  CLAIM,
  HANDED_OVER,
  SETTLING,
  MOVED,
  OPEN,
  OWNER,
  REPLACED,
  SESSION,
  useServer,
} from './server-subject.ts'

const subject = useServer()

test('[SV3] open answers 200, 401 or 503 as the sessions say', async () => {
  expect(await subject().call({ path: '/sessions', body: OPEN })).toEqual({
    status: 200,
    body: JSON.stringify({ sessionId: SESSION, registered: false, replaced: REPLACED }),
  })
  subject().opened = { kind: 'refused', code: 'bad-credentials' }
  expect(await subject().call({ path: '/sessions', body: OPEN })).toEqual({
    status: 401,
    body: '{"code":"bad-credentials"}',
  })
  subject().opened = { kind: 'busy' }
  expect(await subject().call({ path: '/sessions', body: OPEN })).toEqual({
    status: 503,
    body: '{"code":"busy"}',
  })
  subject().opened = { kind: 'unavailable' }
  expect(await subject().call({ path: '/sessions', body: OPEN })).toEqual({
    status: 503,
    body: '{"code":"server-unavailable"}',
  })
  subject().opened = { kind: 'elsewhere', owner: OWNER }
  expect(await subject().call({ path: '/sessions', body: OPEN })).toEqual({
    status: 409,
    body: JSON.stringify({ owner: OWNER }),
  })
})

test('[SV4] frames are taken when the session and the socket are held here, else 404', async () => {
  const frame = { messageType: 'PING' }
  const path = `/sessions/${SESSION}/frames`
  expect(await subject().call({ path, body: { connectionId: 'c=', frame } })).toMatchObject({ status: 202 })
  expect(await subject().call({ path, body: { connectionId: 'other=', frame } })).toMatchObject({
    status: 404,
  })
})

test('[SV19] a socket that is gone, or taken: 204 when its session is held here, else 404', async () => {
  const remove = (path: string) => subject().call({ method: 'DELETE', path: `/sessions/${path}` })
  expect(await remove(`${SESSION}/sockets/c%3D`)).toMatchObject({ status: 204 })
  expect(await remove(`${SESSION}/sockets/c%3D?taken`)).toMatchObject({ status: 204 })
  expect(await remove(`${MOVED}/sockets/c%3D`)).toMatchObject({ status: 404 })
  expect(subject().gone).toEqual([
    { connectionId: 'c=', taken: false },
    { connectionId: 'c=', taken: true },
  ])
})

test.each([
  ['frames', { connectionId: 'c=', frame: { messageType: 'PING' } }],
  ['frames', { connectionId: 'c=', batch: { stream: 1, ack: 0, frames: [] } }],
  ['socket', ATTACH],
])('[SV10] for a session that is not held here %s answers where it is', async (route, body) => {
  const moved = await subject().call({ path: `/sessions/${MOVED}/${route}`, body })
  expect(moved).toEqual({ status: 409, body: JSON.stringify({ owner: OWNER }) })
  expect(await subject().call({ path: `/sessions/${ADOPTED}/${route}`, body })).toEqual({
    status: 503,
    body: '',
  })
  expect(await subject().call({ path: `/sessions/s_${'x'.repeat(22)}/${route}`, body })).toMatchObject({
    status: 404,
  })
})

test('[SV11] a batch is given on with its frames unread; while the session changes hands it is a 503', async () => {
  const batch = { stream: 1, ack: 4, frames: [{ messageType: 'NOPE' }, 7] }
  const body = { connectionId: 'c=', batch }
  expect(await subject().call({ path: `/sessions/${SESSION}/frames`, body })).toMatchObject({ status: 202 })
  expect(subject().received.at(-1)).toEqual(batch)
  expect(await subject().call({ path: `/sessions/${HANDED_OVER}/frames`, body })).toEqual({
    status: 503,
    body: '',
  })
})

test('[SV16] a frame for a session that is just settling waits and is taken', async () => {
  const body = { connectionId: 'c=', frame: { messageType: 'PING', id: 'settling' } }
  expect(await subject().call({ path: `/sessions/${SETTLING}/frames`, body })).toMatchObject({ status: 202 })
  expect(subject().received).toContainEqual(body.frame)
})

test('[SV12] attach answers 200, 401 with a code, or 503, as the sessions say', async () => {
  const path = `/sessions/${SESSION}/socket`
  expect(await subject().call({ path, body: ATTACH })).toEqual({ status: 200, body: '{}' })
  subject().attached = { kind: 'attached', replaced: REPLACED }
  expect(await subject().call({ path, body: ATTACH })).toEqual({
    status: 200,
    body: JSON.stringify({ replaced: REPLACED }),
  })
  subject().attached = { kind: 'refused' }
  expect(await subject().call({ path, body: ATTACH })).toEqual({
    status: 401,
    body: '{"code":"token-expired"}',
  })
  subject().attached = { kind: 'later' }
  expect(await subject().call({ path, body: ATTACH })).toEqual({ status: 503, body: '' })
})

test('[SV13] a hand-over is accepted with 204, else 409 or 503; it may be as long as a worker makes one', async () => {
  const path = `/sessions/${MOVED}/claim`
  expect(await subject().call({ path, body: CLAIM })).toMatchObject({ status: 204 })
  expect(subject().claims).toEqual([{ sessionId: MOVED, request: CLAIM }])
  const room = MAX_HANDOVER_BYTES - JSON.stringify(CLAIM.handover).length
  const withSeen = (seen: string) => ({ ...CLAIM, handover: { ...CLAIM.handover, seen: [seen] } })
  const long = withSeen('x'.repeat(room - 2))
  subject().claimed = 'taken'
  expect(await subject().call({ path, body: long })).toMatchObject({ status: 409 })
  subject().claimed = 'busy'
  expect(await subject().call({ path, body: CLAIM })).toMatchObject({ status: 503 })
  const tooLong = withSeen('x'.repeat(room + 1024))
  expect(await subject().call({ path, body: tooLong })).toMatchObject({ status: 413 })
})

test('[SV14] a session is evicted when it is held here, with its socket when that is asked for', async () => {
  for (const path of [`/sessions/${SESSION}`, `/sessions/${SESSION}?attached`])
    expect(await subject().call({ method: 'DELETE', path })).toMatchObject({ status: 204 })
  expect(subject().evicted).toEqual([
    { id: SESSION, attached: false },
    { id: SESSION, attached: true },
  ])
  expect(await subject().call({ method: 'DELETE', path: `/sessions/${MOVED}` })).toMatchObject({
    status: 404,
  })
})

test('[SV15] behind a closed fence every route of sessions is a 503, and nothing is handled', async () => {
  const before = [subject().received.length, subject().claims.length]
  const frames = { connectionId: 'c=', frame: { messageType: 'PING' } }
  subject().closeFence()
  for (const [method, path, body] of [
    ['POST', '', OPEN],
    ['POST', `/${SESSION}/frames`, frames],
    ['POST', `/${SESSION}/socket`, ATTACH],
    ['POST', `/${SESSION}/claim`, CLAIM],
    ['DELETE', `/${SESSION}`, undefined],
    ['DELETE', `/${SESSION}/sockets/c%3D`, undefined],
  ] as const)
    expect(await subject().call({ method, path: `/sessions${path}`, body })).toMatchObject({ status: 503 })
  const frame = { messageType: 'ERROR', code: 'try-again', message: 'Wait.' }
  const push = { connectionId: 'c=', frame, handshake: false }
  expect(await subject().call({ path: '/push', body: push })).toMatchObject({ status: 202 })
  expect([subject().received.length, subject().claims.length]).toEqual(before)
})

test('[SV20] behind a closed fence a socket that is gone is heard of, and the caller looks for another owner', async () => {
  const before = subject().gone.length
  subject().closeFence()
  const path = `/sessions/${SESSION}/sockets/c%3D?taken`
  expect(await subject().call({ method: 'DELETE', path })).toEqual({ status: 503, body: '' })
  expect(subject().gone.slice(before)).toEqual([{ connectionId: 'c=', taken: true }])
})

test('[SV17] a worker that stops keeps no connection', async () => {
  const ping = {
    path: `/sessions/${SESSION}/frames`,
    body: { connectionId: 'c=', frame: { messageType: 'PING' } },
  }
  await subject().call(ping)
  expect(subject().connection).toBe('keep-alive')
  subject().draining = true
  await subject().call(ping)
  expect(subject().connection).toBe('close')
  subject().draining = false
})
