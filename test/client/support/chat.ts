import { createClient } from '../../../client/src/create.ts'
import type { ClientOptions } from '../../../client/src/options.ts'
import { memoryStore } from '../../../client/src/store.ts'
import type { Client, ClientEvents, EventName } from '../../../client/src/types.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeGateway, settled, type ServerSocket } from './fake-gateway.ts'
import { joinSuccess } from './frames.ts'

type Told = { [Name in EventName]: { readonly name: Name; readonly event: ClientEvents[Name] } }[EventName]

export const NAMES: readonly EventName[] = [
  'message',
  'state',
  'presence',
  'contact',
  'typing',
  'subscription',
  'gap',
  'status',
  'error',
]

/** A client with a clock and a gateway in the hands of the test, and all that it told. */
export class Chat {
  readonly clock: FakeClock
  readonly gateway: FakeGateway
  readonly client: Client
  readonly told: Told[] = []
  /** Calls of the network port. */
  wake: () => void = () => undefined

  constructor(options: Partial<ClientOptions> = {}, clock = new FakeClock(), gateway = new FakeGateway()) {
    this.clock = clock
    this.gateway = gateway
    this.client = createClient({
      url: 'wss://chat.example.org',
      credentials: { username: 'ann', password: 'pw' },
      store: memoryStore(),
      clock,
      random: () => 0.5,
      WebSocket: gateway.WebSocket,
      network: { watch: wake => ((this.wake = wake), () => undefined) },
      ...options,
    })
    for (const name of NAMES) this.client.on(name, event => void this.told.push({ name, event } as Told))
  }

  /** A client that is online; its socket has nothing left to be taken. */
  static async online(options: Partial<ClientOptions> = {}, joined = joinSuccess()): Promise<Chat> {
    const chat = new Chat(options)
    await chat.join(joined)
    return chat
  }

  get socket(): ServerSocket {
    return this.gateway.last
  }

  async join(joined: unknown = joinSuccess()): Promise<void> {
    const online = this.client.connect()
    await settled()
    this.socket.accept()
    await settled()
    this.socket.sent.length = 0
    this.socket.push(joined)
    await online
    await settled()
  }

  /** What was told under one name. */
  events<Name extends EventName>(name: Name): readonly ClientEvents[Name][] {
    return this.told.flatMap(one => (one.name === name ? [one.event as ClientEvents[Name]] : []))
  }

  /** What the client sent since, as JSON. */
  async sent(): Promise<readonly unknown[]> {
    await settled()
    return this.socket.sent.splice(0).map(text => JSON.parse(text) as unknown)
  }

  /** The frames in the batches among it. */
  async frames(): Promise<readonly Record<string, unknown>[]> {
    const sent = await this.sent()
    return sent.flatMap(one => (one as { frames?: Record<string, unknown>[] }).frames ?? [])
  }

  async push(frame: unknown): Promise<void> {
    this.socket.push(frame)
    await settled()
  }

  /** A batch of the bridge. */
  batch(frames: readonly unknown[], more: object = {}): Promise<void> {
    return this.push({ stream: 1, epoch: 1, prev: 0, ack: 0, ...more, frames })
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms)
    await settled()
  }
}
