import { expect, test } from 'vitest'
import { closes } from '../../../local/gateway/limits.ts'
import { type SomeEvent, TestClient, connect, hastySocket, testGateway } from './harness.ts'

// The shapes: events captured on AWS between 2022 and 2024 (typelevel/feral's ApiGatewayV2WebSocketEventSuite among
// them), and "Working with AWS Lambda authorizers … WebSocket APIs" for the fields of `requestContext`.
const gatewayId = /^[\w-]{15}=$/

function commonContext(routeKey: string, eventType: string, port: number) {
  return {
    routeKey,
    eventType,
    extendedRequestId: expect.stringMatching(gatewayId),
    requestTime: '02/Jan/2026:03:04:05 +0000',
    messageDirection: 'IN',
    stage: 'local',
    connectedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    requestTimeEpoch: Date.UTC(2026, 0, 2, 3, 4, 5),
    identity: { sourceIp: '127.0.0.1', userAgent: 'test/1' },
    requestId: expect.stringMatching(gatewayId),
    domainName: `127.0.0.1:${port}`,
    connectionId: expect.stringMatching(gatewayId),
    apiId: 'local',
  }
}

const headers = { 'User-Agent': 'test/1', origin: 'http://here', 'X-MiXed': 'Case' }

test('[GW9] $connect gets headers and query, no body and no messageId', async () => {
  const gateway = await testGateway()
  gateway.functions.answers.$connect = () => ({
    statusCode: 200,
    headers: { 'Sec-WebSocket-Protocol': 'one' },
  })
  const client = new TestClient(`${gateway.url}/any/path?a=1&a=2&b=%20x`, ['one', 'two'], { headers })
  const event = await gateway.functions.called('$connect')
  await client.opened

  const expected = {
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': expect.any(String),
    'Sec-WebSocket-Extensions': expect.any(String),
    'Sec-WebSocket-Protocol': 'one,two',
    Host: `127.0.0.1:${gateway.port}`,
    ...headers,
    'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-695735a5-[0-9a-f]{24}$/),
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Port': String(gateway.port),
    'X-Forwarded-Proto': 'http',
  }
  expect(event).toEqual({
    headers: expected,
    multiValueHeaders: Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, [value]])),
    queryStringParameters: { a: '2', b: ' x' },
    multiValueQueryStringParameters: { a: ['1', '2'], b: [' x'] },
    requestContext: commonContext('$connect', 'CONNECT', gateway.port),
    isBase64Encoded: false,
  })
})

test('[GW9] without a query the fields of the query are absent', async () => {
  const gateway = await testGateway()
  await connect(gateway)
  const [event] = gateway.functions.events('$connect')
  expect(event).not.toHaveProperty('queryStringParameters')
  expect(event).not.toHaveProperty('multiValueQueryStringParameters')
})

test('[GW9] a query that names object internals is only data', async () => {
  const gateway = await testGateway()
  const client = new TestClient(`${gateway.url}/?__proto__=x&constructor=y`)
  const event = await gateway.functions.called('$connect')
  await client.opened
  expect(Object.entries(event.queryStringParameters ?? {})).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})

test('[GW9] forwarding headers of the client are extended, its trace is kept', async () => {
  const gateway = await testGateway()
  await connect(gateway, [], {
    headers: {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'gopher',
      'X-Amzn-Trace-Id': 'Root=1-a-b',
    },
  })
  const [event] = gateway.functions.events('$connect')
  expect(event?.headers).toMatchObject({
    'X-Forwarded-For': '203.0.113.9, 127.0.0.1',
    'X-Forwarded-Proto': 'http',
    'X-Amzn-Trace-Id': 'Root=1-a-b',
  })
  expect(event?.headers).not.toHaveProperty('x-forwarded-for')
})

test('[GW10] $default gets body and messageId, no headers and no query', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway, [], { headers })
  client.socket.send('not even {json')
  expect(await gateway.functions.called('$default')).toEqual({
    requestContext: {
      ...commonContext('$default', 'MESSAGE', gateway.port),
      messageId: expect.stringMatching(gatewayId),
    },
    body: 'not even {json',
    isBase64Encoded: false,
  })
})

test('[GW11] $disconnect gets the close and headers that only name the host', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway, [], { headers })
  client.socket.close(4001, 'bye')
  const host = `127.0.0.1:${gateway.port}`
  expect(await gateway.functions.called('$disconnect')).toEqual({
    headers: { Host: host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
    multiValueHeaders: { Host: [host], 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] },
    requestContext: {
      ...commonContext('$disconnect', 'DISCONNECT', gateway.port),
      disconnectStatusCode: 4001,
      disconnectReason: 'bye',
    },
    isBase64Encoded: false,
  })
})

// AWS never shows one id twice, and one connection keeps its id and time in all its events.
test('[GW12] events of one connection share its id and time; each has a request id of its own', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  gateway.clock.advance(5_000)
  client.socket.send('one')
  client.socket.send('two')
  const [one, two] = [
    await gateway.functions.called('$default', 1),
    await gateway.functions.called('$default', 2),
  ]
  client.socket.close()
  const end = await gateway.functions.called('$disconnect')
  const all: SomeEvent[] = [...gateway.functions.events('$connect'), one, two, end]

  expect(new Set(all.map(event => event.requestContext.connectionId))).toEqual(new Set([client.id]))
  expect(new Set(all.map(event => event.requestContext.requestId)).size).toBe(4)
  expect(one.requestContext.messageId).not.toBe(two.requestContext.messageId)
  expect(two.requestContext).toMatchObject({
    connectedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    requestTimeEpoch: Date.UTC(2026, 0, 2, 3, 4, 10),
    requestTime: '02/Jan/2026:03:04:10 +0000',
  })
})

// AWS events captured in 2022 and 2023: a close frame without a code.
test('[GW13] a client that closes without a code ends with 1005', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  client.socket.close()
  expect(await gateway.functions.called('$disconnect')).toMatchObject({
    requestContext: {
      disconnectStatusCode: 1005,
      disconnectReason: 'Client-side close frame status not set',
    },
  })
})

// RFC 6455 7.1.5: no close frame at all is 1006; simple-websockets-chat-app issue 27 for what AWS makes of it.
test('[GW13] a client that is cut off ends with 1006', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  client.socket.terminate()
  expect(await gateway.functions.called('$disconnect')).toMatchObject({
    requestContext: { disconnectStatusCode: closes.lost.code },
  })
})

test('[GW14] $disconnect runs once for an established connection and never for a refused one', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  client.socket.close(1000)
  await client.closed
  gateway.functions.answers.$connect = () => ({ statusCode: 403 })
  await new TestClient(gateway.url).closed
  await gateway.stop()
  expect(gateway.functions.events('$disconnect')).toHaveLength(1)
})

// Not documented by AWS; the function that let the client in is owed the news.
test.each(['destroy', 'resetAndDestroy'] as const)(
  '[GW14] a client that leaves by %s while $connect runs ends like one that was cut off',
  async leave => {
    const gateway = await testGateway()
    const answer = Promise.withResolvers<unknown>()
    gateway.functions.answers.$connect = () => answer.promise
    const socket = hastySocket(gateway)
    const { requestContext } = await gateway.functions.called('$connect')
    socket[leave]()
    // By this round trip the gateway has seen the end, too.
    await fetch(gateway.managementEndpoint)
    answer.resolve({ statusCode: 200 })
    const end = await gateway.functions.called('$disconnect')
    expect(end.requestContext).toMatchObject({
      connectionId: requestContext.connectionId,
      disconnectStatusCode: closes.lost.code,
    })
  },
)
