import { expect, test } from 'vitest'
import { makeHealth } from '../../worker/health.ts'
import { makeIdentity } from '../../worker/identity.ts'
import { ATTACH, CLAIM, OPEN, SESSION, useServer } from './server-subject.ts'

const subject = useServer()

test('[SV1] the certificate is good for the workerId and nothing else', async () => {
  await expect(subject().call({ path: '/push', servername: 'w-ffffffffffffffff' })).rejects.toThrow(
    /altnames/i,
  )
  const other = await makeIdentity(Date.now())
  await expect(subject().call({ path: '/push', ca: other.certificate })).rejects.toThrow(/self.signed/i)
})

test.each(['', 'wrong', 'x'.repeat(43)])('[SV2] the token "%s" is a 401 on every route', async token => {
  const ofSession = ['', '/frames', '/socket', '/claim'].map(path => `/sessions/${SESSION}${path}`)
  for (const path of ['/sessions', ...ofSession, '/push', '/nowhere']) {
    expect(await subject().call({ path, token, body: OPEN })).toMatchObject({ status: 401 })
  }
})

test('[SV5] a push goes out', async () => {
  const frame = { messageType: 'ERROR', code: 'not-joined', message: 'JOIN first.' }
  expect(
    await subject().call({ path: '/push', body: { connectionId: 'c=', frame, handshake: false } }),
  ).toMatchObject({
    status: 202,
  })
  expect(subject().pushed.at(-1)).toEqual({ connectionId: 'c=', frame, handshake: false })
})

test.each([
  ['/sessions', { ...OPEN, username: 7 }],
  ['/sessions', 'not json'],
  ['/sessions', { ...OPEN, connectionId: '../../x' }],
  ['/sessions', { ...OPEN, mode: 'other' }],
  [`/sessions/${SESSION}/socket`, { ...ATTACH, join: { ...ATTACH.join, token: 'x' } }],
  [`/sessions/${SESSION}/claim`, { ...CLAIM, epoch: -1 }],
  [`/sessions/${SESSION}/frames`, { connectionId: 'c=', batch: { stream: 1, frames: [] } }],
  ['/sessions/nonsense/frames', { connectionId: 'c=', frame: { messageType: 'PING' } }],
  [
    `/sessions/${SESSION}/frames`,
    { connectionId: 'c=', frame: { messageType: 'JOIN', username: 'a', password: 'b' } },
  ],
])('[SV6] what is not as described is a 400 without details, on %s', async (path, body) => {
  expect(await subject().call({ path, body })).toEqual({ status: 400, body: '' })
})

test('[SV7] a body over the limit is a 413', async () => {
  expect(await subject().call({ path: '/push', body: { x: 'x'.repeat(200_000) } })).toMatchObject({
    status: 413,
  })
})

test.each([
  { path: '/sessions', body: OPEN },
  { path: `/sessions/${SESSION}/socket`, body: ATTACH },
  { path: `/sessions/${SESSION}/claim`, body: CLAIM },
  { path: `/sessions/${SESSION}/frames`, body: { connectionId: 'c=', frame: { messageType: 'PING' } } },
  { path: `/sessions/${SESSION}/sockets/c=`, method: 'DELETE' },
  { path: `/sessions/${SESSION}`, method: 'DELETE' },
  { path: '/push', body: { connectionId: 'c=', frame: { messageType: 'PONG' }, handshake: false } },
])('[SV18] a hand-off is logged with the trace id of its caller: $path', async call => {
  const before = subject().lines.length
  await subject().call({ ...call, traceId: 'trace-1=' })
  const lines = subject()
    .lines.slice(before)
    .map(line => JSON.parse(line) as Record<string, unknown>)
  expect(lines).toMatchObject([{ traceId: 'trace-1=' }])
})

test('[SV8] neither password nor token is logged, whatever went wrong', () => {
  expect(subject().lines.length).toBeGreaterThan(0)
  expect(
    subject().lines.filter(line => line.includes('PLANTED') || line.includes(subject().identity.token)),
  ).toEqual([])
})

test('[SV9] health: live as long as it answers, ready as long as it may be given sessions', async () => {
  let ready = true
  const health = makeHealth(() => ready)
  expect((await health.inject('/health/live')).statusCode).toBe(200)
  expect((await health.inject('/health/ready')).statusCode).toBe(200)
  ready = false
  expect((await health.inject('/health/ready')).statusCode).toBe(503)
})
