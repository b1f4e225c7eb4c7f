import { type IncomingMessage, request as httpRequest } from 'node:http'
import { type Socket, connect as connectTo } from 'node:net'
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { onTestFinished } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import type { RouteKey } from '../../../local/gateway/events.ts'
import type { Invoke } from '../../../local/gateway/integration.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../../../local/gateway/server.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** As much of an event as the tests look at by name. */
export interface SomeEvent {
  body?: string
  headers?: Record<string, string>
  queryStringParameters?: Record<string, string>
  requestContext: { connectionId: string; requestId: string; messageId?: string }
}

/** Functions whose answers a test scripts, and which remember what they were asked. */
export class FakeFunctions {
  answers: Record<RouteKey, (event: SomeEvent) => unknown> = {
    $connect: () => ({ statusCode: 200 }),
    $default: () => ({ statusCode: 200 }),
    $disconnect: () => ({ statusCode: 200 }),
  }
  #events: Record<RouteKey, SomeEvent[]> = { $connect: [], $default: [], $disconnect: [] }
  #waiting = new Set<() => void>()

  invoke: Invoke = async (route, event) => {
    this.#events[route].push(event as SomeEvent)
    for (const look of this.#waiting) look()
    return this.answers[route](event as SomeEvent)
  }

  events(route: RouteKey): readonly SomeEvent[] {
    return this.#events[route]
  }

  /** Resolves with the event of the route's call number `count`, counted from 1, when that has been made. */
  called(route: RouteKey, count = 1): Promise<SomeEvent> {
    return new Promise(resolve => {
      const look = () => {
        const event = this.#events[route][count - 1]
        if (!event) return
        this.#waiting.delete(look)
        resolve(event)
      }
      this.#waiting.add(look)
      look()
    })
  }
}

export interface TestGateway extends Gateway {
  functions: FakeFunctions
  clock: FakeClock
  client: ApiGatewayManagementApiClient
}

/** A gateway on a free port with scripted functions and a clock that stands still. */
export async function testGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const functions = new FakeFunctions()
  const clock = new FakeClock()
  const gateway = await startGateway({ port: 0, invoke: functions.invoke, clock, ...options })
  const client = managementClient(gateway.managementEndpoint)
  onTestFinished(async () => {
    client.destroy()
    const stopped = gateway.stop()
    // A test may leave functions without an answer; stopping waits for them on the clock.
    clock.advance(60_000)
    await stopped
  })
  return { ...gateway, functions, clock, client }
}

export function managementClient(endpoint: string): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
}

export interface Closed {
  code: number
  reason: string
}

/** A WebSocket client whose messages are read one at a time. */
export class TestClient {
  readonly socket: WebSocket
  readonly opened: Promise<void>
  readonly closed: Promise<Closed>
  #messages: (string | Error)[] = []
  #readers: (() => void)[] = []

  constructor(url: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, protocols, options)
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve)
      this.socket.once('error', reject)
    })
    // A test that expects no opening looks at `refusal` or `closed` instead.
    this.opened.catch(() => {})
    this.closed = new Promise(resolve => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    this.socket.addEventListener('message', ({ data }) => {
      this.#messages.push(typeof data === 'string' ? data : new Error('a binary message'))
      this.#readers.shift()?.()
    })
    onTestFinished(() => this.socket.terminate())
  }

  /** The next text message; rejects when a binary one comes instead. */
  async next(): Promise<string> {
    if (this.#messages.length === 0) await new Promise<void>(resolve => this.#readers.push(resolve))
    const message = this.#messages.shift()
    if (typeof message !== 'string') throw message ?? new Error('two readers for one message')
    return message
  }

  /** Messages that have come and nobody has read. */
  get unread(): number {
    return this.#messages.length
  }

  /** Resolves when the gateway has read everything that was sent before. */
  async settled(): Promise<void> {
    const pong = new Promise(resolve => this.socket.once('pong', resolve))
    this.socket.ping()
    await pong
  }
}

/** An established client with its connection id. */
export async function connect(
  gateway: TestGateway,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<TestClient & { id: string }> {
  const before = gateway.functions.events('$connect').length
  const client = new TestClient(gateway.url, protocols, options)
  const event = await gateway.functions.called('$connect', before + 1)
  await client.opened
  return Object.assign(client, { id: event.requestContext.connectionId })
}

/** The HTTP answer of a handshake that the gateway refuses. */
export async function refusal(client: TestClient): Promise<{ status: number | undefined; body: string }> {
  const response = await new Promise<IncomingMessage>(resolve => {
    client.socket.once('unexpected-response', (_, answer) => resolve(answer))
  })
  const chunks = await response.toArray()
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() }
}

/** A TCP connection that has sent a handshake and does not wait for its answer. */
export function hastySocket(gateway: Gateway): Socket {
  const socket = connectTo(gateway.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  return socket
}

/** An upgraded socket without a WebSocket library on top, for what a library would hide. */
export function rawSocket(gateway: Gateway, headers: Record<string, string> = {}): Promise<Socket> {
  const request = httpRequest({
    port: gateway.port,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  })
  return new Promise((resolve, reject) => {
    request.once('upgrade', (_, socket: Socket) => {
      onTestFinished(() => void socket.destroy())
      socket.on('error', () => {})
      resolve(socket)
    })
    request.once('response', response => reject(new Error(`refused with ${response.statusCode}`)))
    request.once('error', reject)
    request.end()
  })
}
