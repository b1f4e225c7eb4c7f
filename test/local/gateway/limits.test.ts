import { DeleteConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { expect, test } from 'vitest'
import {
  IDLE_TIMEOUT_MS,
  MAX_CONNECTION_MS,
  MAX_WEBSOCKET_FRAME_BYTES,
  MAX_MESSAGE_BYTES,
} from '../../../local/gateway/limits.ts'
import { type TestClient, connect, testGateway } from './harness.ts'

const quotas = 'Quotas for configuring and running a WebSocket in API Gateway'

/** Sends one text message in frames of the given sizes. */
function sendFragments(client: TestClient, sizes: readonly number[]): void {
  for (const [at, bytes] of sizes.entries()) {
    client.socket.send('x'.repeat(bytes), { fin: at === sizes.length - 1 })
  }
}

// AWS: "Binary media types for WebSocket APIs".
test('[GW3] a binary frame closes the socket with 1003', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  client.socket.send(Buffer.from('hello'))
  expect(await client.closed).toMatchObject({ code: 1003 })
  expect(await gateway.functions.called('$disconnect')).toMatchObject({
    requestContext: { disconnectStatusCode: 1003 },
  })
  expect(gateway.functions.events('$default')).toEqual([])
})

test(`[GW21] a frame of 32 KB passes (${quotas})`, async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  sendFragments(client, [MAX_WEBSOCKET_FRAME_BYTES])
  expect((await gateway.functions.called('$default')).body).toHaveLength(MAX_WEBSOCKET_FRAME_BYTES)
})

// Also react-use-websocket issue 134 and sockette issue 61, who met it from browsers.
test(`[GW21] a frame over 32 KB closes the socket with 1009 (${quotas})`, async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  sendFragments(client, [MAX_WEBSOCKET_FRAME_BYTES + 1])
  expect(await client.closed).toMatchObject({ code: 1009 })
  expect(gateway.functions.events('$default')).toEqual([])
})

test(`[GW21] so does a later fragment over 32 KB in a message below 128 KB (${quotas})`, async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  sendFragments(client, [10, MAX_WEBSOCKET_FRAME_BYTES + 1, 10])
  expect(await client.closed).toMatchObject({ code: 1009 })
  expect(gateway.functions.events('$default')).toEqual([])
})

test(`[GW22] a message of 128 KB in four frames passes whole (${quotas})`, async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  sendFragments(client, Array<number>(4).fill(MAX_WEBSOCKET_FRAME_BYTES))
  expect((await gateway.functions.called('$default')).body).toHaveLength(MAX_MESSAGE_BYTES)
})

test(`[GW22] a message over 128 KB closes the socket with 1009 (${quotas})`, async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  sendFragments(client, [...Array<number>(4).fill(MAX_WEBSOCKET_FRAME_BYTES), 1])
  expect(await client.closed).toMatchObject({ code: 1009 })
  expect(await gateway.functions.called('$disconnect')).toMatchObject({
    requestContext: { disconnectStatusCode: 1009 },
  })
  expect(gateway.functions.events('$default')).toEqual([])
})

test('[GW22] messages before the one that is too large are handled, later ones are not', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  for (const message of ['before', 'x'.repeat(MAX_WEBSOCKET_FRAME_BYTES + 1), 'after'])
    client.socket.send(message)
  expect(await client.closed).toMatchObject({ code: 1009 })
  expect(gateway.functions.events('$default').map(event => event.body)).toEqual(['before'])
})

// The quota page's idle timeout; 1001 "Going away" from a `$disconnect` event captured after 603.9 s.
test(`[GW23] ten minutes without a frame close the socket with 1001 (${quotas})`, async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  gateway.clock.advance(IDLE_TIMEOUT_MS - 1)
  await client.settled()
  gateway.clock.advance(IDLE_TIMEOUT_MS - 1)
  expect(gateway.functions.events('$disconnect')).toEqual([])
  gateway.clock.advance(1)
  expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' })
  expect(await gateway.functions.called('$disconnect')).toMatchObject({
    requestContext: { disconnectStatusCode: 1001, disconnectReason: 'Going away' },
  })
})

// hotsock.io, "Keep Alive": a frame from the server counts too.
test('[GW23] a frame to the client starts the ten minutes again', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  gateway.clock.advance(IDLE_TIMEOUT_MS - 1)
  await gateway.client.send(new PostToConnectionCommand({ ConnectionId: client.id, Data: 'still here' }))
  gateway.clock.advance(IDLE_TIMEOUT_MS - 1)
  expect(gateway.functions.events('$disconnect')).toEqual([])
  gateway.clock.advance(1)
  expect(await client.closed).toMatchObject({ code: 1001 })
})

test('[GW23] a test in which hours are to pass may have the ten minutes shorter', async () => {
  const gateway = await testGateway({ idleMs: 1000 })
  const client = await connect(gateway)
  gateway.clock.advance(999)
  expect(gateway.functions.events('$disconnect')).toEqual([])
  gateway.clock.advance(1)
  expect(await client.closed).toMatchObject({ code: 1001 })
})

// aws-lambda-graphql issue 124 for the cut.
test(`[GW24] two hours close the busiest socket with 1001 (${quotas})`, async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  const stepMs = MAX_CONNECTION_MS / 24
  for (let step = 1; step < 24; step += 1) {
    gateway.clock.advance(stepMs)
    await client.settled()
  }
  expect(gateway.functions.events('$disconnect')).toEqual([])
  gateway.clock.advance(stepMs)
  expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' })
})

test('[GW24] a connection that has ended leaves no timer behind', async () => {
  const gateway = await testGateway()
  const before = gateway.clock.pending
  const client = await connect(gateway)
  await gateway.client.send(new DeleteConnectionCommand({ ConnectionId: client.id }))
  await client.closed
  expect(gateway.clock.pending).toBe(before)
})
