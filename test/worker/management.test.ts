import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Tally } from '../../shared/emf/tally.ts'
import { makeManagementApi, type ManagementApi } from '../../worker/management.ts'
import { countsOf } from '../shared/emf/counts.ts'
import { keptLog } from '../support/log.ts'

const SECRET = 'a-secret-key'
const CONNECTION = 'ab+c/d='
const FRAME = '{"messageType":"PONG","content":"é"}'

const lines: string[] = []
const meter = new Tally()
const got: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[] = []
let status = 200
let api: ManagementApi

const server = createServer((request, response) => void answer(request, response))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url: path = '', headers } = request
  got.push({ method, path, headers, body: await text(request) })
  // What the SDK tells the errors of its own commands apart by.
  const error = status === 410 ? { 'x-amzn-errortype': 'GoneException' } : {}
  response.writeHead(status, { 'content-type': 'application/json', ...error })
  response.end(status === 204 ? undefined : '{}')
}

beforeAll(async () => {
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'an-access-key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET)
  vi.stubEnv('AWS_SESSION_TOKEN', 'a-session-token')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  api = makeManagementApi(`http://127.0.0.1:${port}/a-stage`, keptLog(lines), meter)
})
beforeEach(() => {
  status = 200
  got.length = 0
  lines.length = 0
})
afterAll(() => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
})

test('[MA1] a frame is posted as it is, to the connection of the stage', async () => {
  expect(await api.post(CONNECTION, FRAME)).toBe('taken')
  expect(got).toMatchObject([{ method: 'POST', path: '/a-stage/@connections/ab%2Bc%2Fd%3D', body: FRAME }])
})

test('[MA2] a post is signed with SigV4 for execute-api, over its body and each segment of its path', async () => {
  await api.post(CONNECTION, FRAME)
  const [post] = got
  expect(post?.headers['x-amz-security-token']).toBe('a-session-token')
  expect(post?.headers.authorization).toBe(post && expectedAuthorization(post))
})

test.each([
  [410, 'gone'],
  [429, 'slow'],
  [413, 'too-large'],
  [403, 'failed'],
  [500, 'failed'],
] as const)('[MA3] the answer %i to a post means %s', async (answered, outcome) => {
  status = answered
  expect(await api.post(CONNECTION, FRAME)).toBe(outcome)
})

test('[MA4] only a failure that the queue cannot explain is logged, and without the frame', async () => {
  for (const answered of [200, 410, 429]) {
    status = answered
    await api.post(CONNECTION, FRAME)
  }
  expect(lines).toEqual([])
  status = 403
  await api.post(CONNECTION, FRAME)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('403')
  expect(lines[0]).not.toContain('PONG')
})

test('[MA5] an API that cannot be reached is a failure, not an exception', async () => {
  const nowhere = makeManagementApi('http://127.0.0.1:9', keptLog(lines), meter)
  expect(await nowhere.post(CONNECTION, FRAME)).toBe('failed')
})

test('[MA6] hanging up deletes the connection, and one that is gone already is no trouble', async () => {
  status = 204
  await api.hangUp(CONNECTION)
  expect(got).toMatchObject([{ method: 'DELETE', path: '/a-stage/@connections/ab%2Bc%2Fd%3D' }])
  status = 410
  await api.hangUp(CONNECTION)
  expect(lines).toEqual([])
})

test('[MA7] posts are counted by what came of them; a socket that is gone is no failure', async () => {
  meter.take()
  for (const answered of [200, 200, 410, 429, 413, 500]) {
    status = answered
    await api.post(CONNECTION, FRAME)
  }
  expect(countsOf(meter)).toEqual({ Pushes: 2, PushesSlowed: 1, PushFailures: 2 })
})

/** "Create a signed AWS API request", IAM user guide, from what arrived and the secret alone. */
function expectedAuthorization({ method, path, headers, body }: (typeof got)[number]): string {
  const given = headers.authorization ?? ''
  const names = /SignedHeaders=([^,]*)/.exec(given)?.[1] ?? ''
  const signed = names.split(';').map(name => `${name}:${String(headers[name])}\n`)
  const uri = path.split('/').map(encodeURIComponent).join('/')
  const canonical = [method, uri, '', signed.join(''), names, sha256(body)].join('\n')
  const at = String(headers['x-amz-date'])
  const scope = [at.slice(0, 8), 'eu-west-1', 'execute-api', 'aws4_request']
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${SECRET}`)
  const toSign = ['AWS4-HMAC-SHA256', at, scope.join('/'), sha256(canonical)].join('\n')
  const signature = hmac(key, toSign).toString('hex')
  return `AWS4-HMAC-SHA256 Credential=an-access-key/${scope.join('/')}, SignedHeaders=${names}, Signature=${signature}`
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

function hmac(key: string | Buffer, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest()
}
