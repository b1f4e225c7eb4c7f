import { GoneException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { INTEGRATION_TIMEOUT_MS } from '../../../local/gateway/limits.ts'
import { TestClient, connect, hastySocket, rawSocket, refusal, testGateway } from './harness.ts'

// AWS: "Managing connected users and client apps: $connect and $disconnect routes" ("the upgrade request is pending").
test('[GW1] the handshake waits until $connect has answered', async () => {
  const gateway = await testGateway()
  const answer = Promise.withResolvers<unknown>()
  gateway.functions.answers.$connect = () => answer.promise
  const client = new TestClient(gateway.url)
  await gateway.functions.called('$connect')
  await fetch(gateway.managementEndpoint)
  expect(client.socket.readyState).toBe(WebSocket.CONNECTING)
  answer.resolve({ statusCode: 200 })
  await client.opened
})

// The same page: messages of a client wait for $connect (aws-lambda-graphql issue 67 is about what comes after it).
test('[GW1] what a hasty client sends before the answer is handled after it', async () => {
  const gateway = await testGateway()
  const answer = Promise.withResolvers<unknown>()
  gateway.functions.answers.$connect = () => answer.promise
  const socket = hastySocket(gateway)
  const mask = [0, 0, 0, 0]
  socket.write(Buffer.from([0x81, 0x85, ...mask, ...Buffer.from('hasty')]))
  await gateway.functions.called('$connect')
  await fetch(gateway.managementEndpoint)
  expect(gateway.functions.events('$default')).toEqual([])
  answer.resolve({ statusCode: 200 })
  expect(await gateway.functions.called('$default')).toMatchObject({ body: 'hasty' })
})

// AWS Knowledge Center, "410 GoneException": a connection is not established while $connect runs.
test('[GW32] a POST while $connect runs is GoneException', async () => {
  const gateway = await testGateway()
  const answer = Promise.withResolvers<unknown>()
  gateway.functions.answers.$connect = () => answer.promise
  const client = new TestClient(gateway.url)
  const { requestContext } = await gateway.functions.called('$connect')
  const command = new PostToConnectionCommand({ ConnectionId: requestContext.connectionId, Data: 'early' })
  await expect(gateway.client.send(command)).rejects.toBeInstanceOf(GoneException)
  answer.resolve({ statusCode: 200 })
  await client.opened
  await gateway.client.send(command)
  expect(await client.next()).toBe('early')
})

// serverless-offline PR 1301 describes AWS: "If a non-2xx Status Code is returned, the handshake is rejected".
test.each([301, 401, 403, 429, 503])(
  '[GW2] $connect answering %i refuses the handshake with it',
  async status => {
    const gateway = await testGateway()
    gateway.functions.answers.$connect = () => ({ statusCode: status, body: 'not for the client' })
    const answer = await refusal(new TestClient(gateway.url))
    expect(answer.status).toBe(status)
    expect(answer.body).not.toContain('not for the client')
  },
)

test.each([200, 204])('[GW2] $connect answering %i lets the client in', async status => {
  const gateway = await testGateway()
  gateway.functions.answers.$connect = () => ({ statusCode: status })
  await connect(gateway)
})

// AWS: the same page ("If the $connect request fails (e.g., due to … an integration failure), the connection will not
// be made"); 502 for a failed or malformed proxy integration and 504 for a late one are the REST page
// "Gateway response types for API Gateway", seen for WebSocket in anomalyco/guide PR 644.
test('[GW4] a $connect function that fails refuses the handshake with 502', async () => {
  const gateway = await testGateway()
  gateway.functions.answers.$connect = () => Promise.reject(new Error('no table'))
  const answer = await refusal(new TestClient(gateway.url))
  expect(answer.status).toBe(502)
  expect(answer.body).not.toContain('no table')
})

test.each([undefined, null, 'ok', {}, { statusCode: '200' }, { statusCode: 99 }])(
  '[GW5] a $connect answer that is no proxy answer (%j) refuses the handshake with 502',
  async malformed => {
    const gateway = await testGateway()
    gateway.functions.answers.$connect = () => malformed
    expect(await refusal(new TestClient(gateway.url))).toMatchObject({ status: 502 })
  },
)

// AWS: "Quotas for configuring and running a WebSocket in API Gateway", integration timeout.
test('[GW6] a $connect function that takes over 29 s refuses the handshake with 504', async () => {
  const gateway = await testGateway()
  gateway.functions.answers.$connect = () => new Promise(() => {})
  const refused = refusal(new TestClient(gateway.url))
  await gateway.functions.called('$connect')
  gateway.clock.advance(INTEGRATION_TIMEOUT_MS)
  expect(await refused).toMatchObject({ status: 504 })
})

// AWS: "Setting up a $connect route that requires a WebSocket subprotocol".
test.each(['Sec-WebSocket-Protocol', 'sec-websocket-protocol', 'SEC-WEBSOCKET-PROTOCOL'])(
  '[GW7] the subprotocol is the one in the header %s of the answer',
  async name => {
    const gateway = await testGateway()
    gateway.functions.answers.$connect = () => ({ statusCode: 200, headers: { [name]: 'second' } })
    const client = await connect(gateway, ['first', 'second'])
    expect(client.socket.protocol).toBe('second')
  },
)

test('[GW7] no subprotocol is chosen for a function that names none', async () => {
  const gateway = await testGateway()
  await expect(connect(gateway, ['first'])).rejects.toThrow('Server sent no subprotocol')
})

test('[GW7] a subprotocol that the client did not offer is echoed all the same', async () => {
  const gateway = await testGateway()
  gateway.functions.answers.$connect = () => ({
    statusCode: 200,
    headers: { 'Sec-WebSocket-Protocol': 'unasked' },
  })
  await expect(connect(gateway)).rejects.toThrow('subprotocol but none was requested')
})

test('[GW7] a subprotocol that would break the head of the answer is a bad gateway', async () => {
  const gateway = await testGateway()
  gateway.functions.answers.$connect = () => ({
    statusCode: 200,
    headers: { 'Sec-WebSocket-Protocol': 'a\r\nX: y' },
  })
  expect(await refusal(new TestClient(gateway.url, ['a']))).toMatchObject({ status: 502 })
})

test('[GW7] other headers of the answer do not reach the client', async () => {
  const gateway = await testGateway()
  gateway.functions.answers.$connect = () => ({ statusCode: 200, headers: { 'Set-Cookie': 'a=b' } })
  const client = new TestClient(gateway.url)
  const head = await new Promise<object>(resolve => {
    client.socket.once('upgrade', response => resolve(response.headers))
  })
  expect(head).not.toHaveProperty('set-cookie')
})

// RFC 6455 4.2.1: what is no handshake is no business of a function.
test.each([{ 'Sec-WebSocket-Key': 'short' }, { 'Sec-WebSocket-Version': '12' }, { Upgrade: 'h2c' }] as Record<
  string,
  string
>[])('[GW8] a malformed handshake (%j) gets 400 and runs no function', async headers => {
  const gateway = await testGateway()
  await expect(rawSocket(gateway, headers)).rejects.toThrow('refused with 400')
  expect(gateway.functions.events('$connect')).toEqual([])
})
