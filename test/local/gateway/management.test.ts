import {
  ApiGatewayManagementApiServiceException,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { expect, test } from 'vitest'
import { FrameReader } from '../../../local/gateway/frames.ts'
import {
  CLIENT_BUFFER_BYTES,
  MAX_WEBSOCKET_FRAME_BYTES,
  MAX_MESSAGE_BYTES,
} from '../../../local/gateway/limits.ts'
import { type TestGateway, connect, rawSocket, testGateway } from './harness.ts'

// AWS: "Use @connections commands in your backend service" and the ApiGatewayManagementApi reference, unless a test
// names another source. The error classes are those of the SDK itself.

const post = (gateway: TestGateway, id: string, data: string) =>
  gateway.client.send(new PostToConnectionCommand({ ConnectionId: id, Data: data }))

test('[GW25] a POST arrives as one text message', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  await post(gateway, client.id, '{"hello":"wörld"}')
  expect(await client.next()).toBe('{"hello":"wörld"}')
})

test('[GW25] posts arrive in the order of their answers', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  for (const text of ['one', 'two', 'three']) await post(gateway, client.id, text)
  expect([await client.next(), await client.next(), await client.next()]).toEqual(['one', 'two', 'three'])
})

// Quota page, note **: "split into multiple frames, each 32 KB or smaller. This applies to @connections commands".
test('[GW26] a POST of 128 KB is sent in frames of at most 32 KB', async () => {
  const gateway = await testGateway()
  const socket = await rawSocket(gateway)
  const { requestContext } = await gateway.functions.called('$connect')
  await post(gateway, requestContext.connectionId, 'é'.repeat(MAX_MESSAGE_BYTES / 2))

  const reader = new FrameReader()
  const frames = []
  let bytes = 0
  for await (const chunk of socket) {
    bytes += (chunk as Buffer).length
    frames.push(...reader.push(chunk as Buffer))
    if (bytes >= MAX_MESSAGE_BYTES) break
  }
  expect(frames.map(({ opcode, payloadBytes }) => ({ opcode, payloadBytes }))).toEqual([
    { opcode: 1, payloadBytes: MAX_WEBSOCKET_FRAME_BYTES },
    { opcode: 0, payloadBytes: MAX_WEBSOCKET_FRAME_BYTES },
    { opcode: 0, payloadBytes: MAX_WEBSOCKET_FRAME_BYTES },
    { opcode: 0, payloadBytes: MAX_WEBSOCKET_FRAME_BYTES },
  ])
})

test('[GW26] a POST over 128 KB is PayloadTooLargeException and leaves the socket alone', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  const tooLarge = post(gateway, client.id, 'x'.repeat(MAX_MESSAGE_BYTES + 1))
  await expect(tooLarge).rejects.toBeInstanceOf(PayloadTooLargeException)
  await post(gateway, client.id, 'next')
  expect(await client.next()).toBe('next')
})

test.each(['nobody=', 'a/b%zz', ''.padEnd(300, 'x')])(
  '[GW27] commands for %j are GoneException',
  async id => {
    const gateway = await testGateway()
    await expect(post(gateway, id, 'x')).rejects.toBeInstanceOf(GoneException)
    const get = gateway.client.send(new GetConnectionCommand({ ConnectionId: id }))
    await expect(get).rejects.toBeInstanceOf(GoneException)
    const remove = gateway.client.send(new DeleteConnectionCommand({ ConnectionId: id }))
    await expect(remove).rejects.toBeInstanceOf(GoneException)
  },
)

test('[GW27] a connection is gone as soon as it has ended', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  client.socket.terminate()
  await gateway.functions.called('$disconnect')
  await expect(post(gateway, client.id, 'x')).rejects.toBeInstanceOf(GoneException)
})

// chalice issue 2060, boto3 issue 3789: the code is 1000 and cannot be chosen; $disconnect runs.
test('[GW28] DELETE closes the socket with 1000 and runs $disconnect', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  await gateway.client.send(new DeleteConnectionCommand({ ConnectionId: client.id }))
  expect(await client.closed).toEqual({ code: 1000, reason: 'Connection Closed Normally' })
  expect(await gateway.functions.called('$disconnect')).toMatchObject({
    requestContext: { disconnectStatusCode: 1000, disconnectReason: 'Connection Closed Normally' },
  })
  await expect(post(gateway, client.id, 'x')).rejects.toBeInstanceOf(GoneException)
})

test('[GW28] DELETE ends a connection whose client does not answer the close', async () => {
  const gateway = await testGateway()
  const socket = await rawSocket(gateway)
  socket.pause()
  const { requestContext } = await gateway.functions.called('$connect')
  await gateway.client.send(new DeleteConnectionCommand({ ConnectionId: requestContext.connectionId }))
  await gateway.functions.called('$disconnect')
})

test('[GW29] GET tells since when, who and when last', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway, [], { headers: { 'User-Agent': 'test/1' } })
  gateway.clock.advance(90_000)
  await client.settled()
  const about = await gateway.client.send(new GetConnectionCommand({ ConnectionId: client.id }))
  expect(about).toMatchObject({
    ConnectedAt: new Date('2026-01-02T03:04:05Z'),
    LastActiveAt: new Date('2026-01-02T03:05:35Z'),
    Identity: { SourceIp: '127.0.0.1', UserAgent: 'test/1' },
  })
})

// The service model's words for 429: "… or the WebSocket client side buffer is full".
test('[GW30] a client that does not read makes POST a LimitExceededException', async () => {
  const gateway = await testGateway()
  const socket = await rawSocket(gateway)
  socket.pause()
  const { requestContext } = await gateway.functions.called('$connect')
  const data = 'x'.repeat(MAX_MESSAGE_BYTES)
  const fill = async () => {
    // The kernel's buffers between the two ends take some megabytes before the gateway's own fills up.
    for (let sent = 0; sent < 256 * CLIENT_BUFFER_BYTES; sent += data.length) {
      await post(gateway, requestContext.connectionId, data)
    }
  }
  await expect(fill()).rejects.toBeInstanceOf(LimitExceededException)

  // simple-websockets-chat-app issue 44: until then each POST was a success that nobody had read.
  socket.resume()
  const reader = new FrameReader()
  await new Promise<void>(resolve => {
    socket.on('data', chunk => {
      if (reader.push(chunk).some(({ message }) => message > 0)) resolve()
    })
  })
})

// AWS: "Control access to a WebSocket API with IAM authorization".
test.each([undefined, 'Bearer x', 'AWS4-HMAC-SHA256 nonsense'])(
  '[GW31] a command with the authorization %j is refused',
  async authorization => {
    const gateway = await testGateway()
    const client = await connect(gateway)
    const response = await fetch(
      `${gateway.managementEndpoint}/@connections/${encodeURIComponent(client.id)}`,
      {
        method: 'POST',
        body: 'hello',
        headers: authorization === undefined ? {} : { authorization },
      },
    )
    expect(response.status).toBe(403)
    expect(response.headers.get('x-amzn-errortype')).toBe('ForbiddenException')
    await client.settled()
    expect(client.unread).toBe(0)
  },
)

const faultClasses = [
  [403, ForbiddenException],
  [410, GoneException],
  [429, LimitExceededException],
  [500, ApiGatewayManagementApiServiceException],
] as const

test.each(faultClasses)(
  '[GL1] the fault postStatus %i is the error that the SDK knows',
  async (status, type) => {
    const gateway = await testGateway()
    const client = await connect(gateway)
    await fetch(`${gateway.managementEndpoint}/_local/faults`, {
      method: 'PUT',
      body: JSON.stringify({ postStatus: { rate: 1, status } }),
    })
    const error: unknown = await post(gateway, client.id, 'x').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ $metadata: { httpStatusCode: status } })
    expect(client.unread).toBe(0)
  },
)
