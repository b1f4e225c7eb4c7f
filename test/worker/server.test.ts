import { request } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PushRequest } from '../../shared/handoff/schemas.ts'
import { makeIdentity, type Identity } from '../../worker/identity.ts'
import { makeServer } from '../../worker/server.ts'
import { makeHealth } from '../../worker/health.ts'
import type { Opened, SessionsApi } from '../../worker/sessions.ts'
import { keptLog } from '../support/log.ts'

const SESSION = `s_${'a'.repeat(22)}`
const lines: string[] = []
const pushed: PushRequest[] = []
const REPLACED = `s_${'b'.repeat(22)}`
let opened: Opened = { kind: 'joined', sessionId: SESSION, registered: false, replaced: REPLACED }
const MOVED = `s_${'m'.repeat(22)}`
const OWNER = 'w-0123456789abcdef'
const ownerElsewhere = async (id: string) => (id === MOVED ? OWNER : undefined)
const sessions: SessionsApi = {
  open: async () => opened,
  receive: (id, { connectionId }) => id === SESSION && connectionId === 'c=',
  socketGone: (id, connectionId) => id === SESSION && connectionId === 'c=',
}

let identity: Identity
let url: string
let server: ReturnType<typeof makeServer>

beforeAll(async () => {
  identity = await makeIdentity(Date.now())
  server = makeServer({
    identity,
    sessions,
    ownerElsewhere,
    push: each => pushed.push(each),
    log: keptLog(lines),
  })
  url = await server.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => server.close())

interface Call {
  method?: string
  path: string
  body?: unknown
  token?: string
  servername?: string
  ca?: string
}

function call({ method = 'POST', path, body, token = identity.token, servername, ca }: Call) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const sent = request(
      new URL(path, url),
      {
        method,
        ca: ca ?? identity.certificate,
        servername: servername ?? identity.workerId,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
      },
      response => {
        let answer = ''
        response.setEncoding('utf8').on('data', chunk => (answer += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answer }))
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : text)
  })
}

const open = { connectionId: 'c=', username: 'ana', password: 'PLANTED', register: false, handshake: false }

test('[SV1] the certificate is good for the workerId and nothing else', async () => {
  await expect(call({ path: '/push', servername: 'w-ffffffffffffffff' })).rejects.toThrow(/altnames/i)
  const other = await makeIdentity(Date.now())
  await expect(call({ path: '/push', ca: other.certificate })).rejects.toThrow(/self.signed/i)
})

test.each(['', 'wrong', 'x'.repeat(43)])('[SV2] the token "%s" is a 401 on every route', async token => {
  for (const path of ['/sessions', `/sessions/${SESSION}/frames`, '/push', '/nowhere']) {
    expect(await call({ path, token, body: open })).toMatchObject({ status: 401 })
  }
})

test('[SV3] open answers 200, 401 or 503 as the sessions say', async () => {
  expect(await call({ path: '/sessions', body: open })).toEqual({
    status: 200,
    body: JSON.stringify({ sessionId: SESSION, registered: false, replaced: REPLACED }),
  })
  opened = { kind: 'refused', code: 'bad-credentials' }
  expect(await call({ path: '/sessions', body: open })).toEqual({
    status: 401,
    body: '{"code":"bad-credentials"}',
  })
  opened = { kind: 'busy' }
  expect(await call({ path: '/sessions', body: open })).toEqual({ status: 503, body: '{"code":"busy"}' })
  opened = { kind: 'unavailable' }
  expect(await call({ path: '/sessions', body: open })).toEqual({
    status: 503,
    body: '{"code":"server-unavailable"}',
  })
})

test('[SV4] frames and sockets: taken when the session and the socket are held here, else 404', async () => {
  const frame = { messageType: 'PING' }
  const path = `/sessions/${SESSION}/frames`
  expect(await call({ path, body: { connectionId: 'c=', frame } })).toMatchObject({ status: 202 })
  expect(await call({ path, body: { connectionId: 'other=', frame } })).toMatchObject({ status: 404 })
  expect(await call({ method: 'DELETE', path: `/sessions/${SESSION}/sockets/c%3D` })).toMatchObject({
    status: 204,
  })
  expect(await call({ method: 'DELETE', path: `/sessions/${SESSION}/sockets/d%3D` })).toMatchObject({
    status: 404,
  })
})

test('[SV10] a frame for a session that another worker holds is a 409 that names the owner', async () => {
  const frame = { messageType: 'PING' }
  const answer = await call({ path: `/sessions/${MOVED}/frames`, body: { connectionId: 'c=', frame } })
  expect(answer).toEqual({ status: 409, body: JSON.stringify({ owner: OWNER }) })
})

test('[SV5] a push goes out', async () => {
  const frame = { messageType: 'ERROR', code: 'not-joined', message: 'JOIN first.' }
  expect(await call({ path: '/push', body: { connectionId: 'c=', frame, handshake: false } })).toMatchObject({
    status: 202,
  })
  expect(pushed).toEqual([{ connectionId: 'c=', frame, handshake: false }])
})

test.each([
  ['/sessions', { ...open, username: 7 }],
  ['/sessions', 'not json'],
  ['/sessions', { ...open, connectionId: '../../x' }],
  ['/sessions/nonsense/frames', { connectionId: 'c=', frame: { messageType: 'PING' } }],
  [
    `/sessions/${SESSION}/frames`,
    { connectionId: 'c=', frame: { messageType: 'JOIN', username: 'a', password: 'b' } },
  ],
])('[SV6] what is not as described is a 400 without details, on %s', async (path, body) => {
  expect(await call({ path, body })).toEqual({ status: 400, body: '' })
})

test('[SV7] a body over the limit is a 413', async () => {
  expect(await call({ path: '/push', body: { x: 'x'.repeat(200_000) } })).toMatchObject({ status: 413 })
})

test('[SV8] neither password nor token is logged, whatever went wrong', () => {
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.filter(line => line.includes('PLANTED') || line.includes(identity.token))).toEqual([])
})

test('[SV9] health: live as long as it answers, ready as long as it may be given sessions', async () => {
  let ready = true
  const health = makeHealth(() => ready)
  expect((await health.inject('/health/live')).statusCode).toBe(200)
  expect((await health.inject('/health/ready')).statusCode).toBe(200)
  ready = false
  expect((await health.inject('/health/ready')).statusCode).toBe(503)
})
