import { expect, test } from 'vitest'
import { makeConnectHandler } from '../../functions/connect.ts'
import { connectEventOf, type Harness, useHarness } from './harness.ts'

const makeHarness = useHarness()

const basic = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

function connect(harness: Harness, headers: Record<string, string>) {
  return makeConnectHandler(harness.deps)(connectEventOf({ Host: 'x', ...headers }))
}

test('[CN1] without Authorization the socket opens, and nothing is written or asked', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  expect(await connect(harness, { Origin: 'https://chat.example.org' })).toEqual({ statusCode: 200 })
  expect(await connect(harness, {})).toEqual({ statusCode: 200 })
  expect(harness.fleet.opens).toEqual([])
  expect(await harness.deps.connections.get('c1=')).toBeUndefined()
})

test.each([
  ['https://evil.example', 403],
  ['null', 403],
  ['https://chat.example.org', 200],
  ['http://localhost:3000', 200],
])('[CN2] a page of %s is answered %i', async (origin, statusCode) => {
  expect(await connect(makeHarness(), { origin })).toMatchObject({ statusCode })
})

test('[CN3] a refused page is logged with its origin, escaped and cut, and the setting that would let it in', async () => {
  const harness = makeHarness()
  await connect(harness, { Origin: `https://evil.example/\r\n\u001b[31m${'x'.repeat(1000)}` })
  expect(harness.lines).toHaveLength(1)
  const [line = ''] = harness.lines
  expect(line).toMatch(/^[ -~]{1,500}$/)
  expect(JSON.parse(line)).toMatchObject({
    level: 'warn',
    event: 'connect.origin-refused',
    traceId: 'trace-1=',
    connectionId: 'c1=',
    setting: 'ALLOWED_ORIGINS',
    origin: expect.stringContaining('https://evil.example/\\u{d}\\u{a}\\u{1b}[31mxxx'),
  })
})

test('[CN4] a refused page does not get as far as its password', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  const headers = { Origin: 'https://evil.example', Authorization: basic('sergio', 'right') }
  expect(await connect(harness, headers)).toEqual({ statusCode: 403 })
  expect(harness.fleet.opens).toEqual([])
})

test.each([
  ['stanzagate.v1', true],
  ['other, stanzagate.v1', true],
  ['other,  stanzagate.v1 ,more', true],
  ['other', false],
  ['stanzagate.v10', false],
  ['STANZAGATE.V1', false],
  ['', false],
])('[CN5] offered %j: our subprotocol is echoed: %s', async (offer, echoed) => {
  const answer = await connect(makeHarness(), { 'sec-websocket-protocol': offer })
  expect(answer).toEqual({
    statusCode: 200,
    ...(echoed && { headers: { 'Sec-WebSocket-Protocol': 'stanzagate.v1' } }),
  })
})

test('[CN6] the right password opens a session while the handshake waits', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  harness.fleet.accounts.set('sergio', 'right')
  const headers = { Authorization: basic('sergio', 'right'), 'Sec-WebSocket-Protocol': 'stanzagate.v1' }
  expect(await connect(harness, headers)).toMatchObject({
    statusCode: 200,
    headers: { 'Sec-WebSocket-Protocol': 'stanzagate.v1' },
  })
  expect(harness.fleet.opens).toMatchObject([
    { username: 'sergio', connectionId: 'c1=', handshake: true, traceId: 'trace-1=' },
  ])
})

test('[CN7] a wrong password is 401 with the way to sign in', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  harness.fleet.accounts.set('sergio', 'right')
  expect(await connect(harness, { Authorization: basic('sergio', 'wrong') })).toEqual({
    statusCode: 401,
    headers: { 'WWW-Authenticate': expect.stringContaining('Basic') },
  })
})

test.each(['Basic', 'Basic !!!', 'Bearer abc', 'Basic YQ==', ''])(
  '[CN8] an Authorization that is not Basic as described is 401: %j',
  async authorization => {
    const harness = makeHarness()
    await harness.addWorker('a')
    expect(await connect(harness, { authorization })).toMatchObject({ statusCode: 401 })
    expect(harness.fleet.opens).toEqual([])
  },
)

test('[CN9] a spent budget is 429 with the seconds to wait', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  harness.fleet.accounts.set('sergio', 'right')
  for (let count = 0; count < 4; count += 1)
    await connect(harness, { Authorization: basic('sergio', 'wrong') })
  harness.clock.advance(2500)
  expect(await connect(harness, { Authorization: basic('sergio', 'right') })).toEqual({
    statusCode: 429,
    headers: { 'Retry-After': '3598' },
  })
})

test('[CN10] without a worker that answers it is 503', async () => {
  const harness = makeHarness()
  const headers = { Authorization: basic('sergio', 'right') }
  expect(await connect(harness, headers)).toEqual({ statusCode: 503, headers: { 'Retry-After': '1' } })
  await harness.addWorker('a', 'dead')
  expect(await connect(harness, headers)).toMatchObject({ statusCode: 503 })
})

test('[CN11] what is in the address or the subprotocols is never taken for a credential', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  harness.fleet.accounts.set('sergio', 'right')
  const event = {
    ...connectEventOf({ 'Sec-WebSocket-Protocol': `stanzagate.v1, ${basic('sergio', 'right').slice(6)}` }),
    queryStringParameters: { username: 'sergio', password: 'right', authorization: basic('sergio', 'right') },
  }
  expect(await makeConnectHandler(harness.deps)(event)).toMatchObject({ statusCode: 200 })
  expect(harness.fleet.opens).toEqual([])
})
