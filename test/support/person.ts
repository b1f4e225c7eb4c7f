import { WebSocket } from 'ws'
import { createClient } from '../../client/src/create.ts'
import type { ClientOptions, SocketLike } from '../../client/src/options.ts'
import { memoryStore, type Store } from '../../client/src/store.ts'
import type { Client, Message } from '../../client/src/types.ts'
import type { Account } from '../target/target.ts'
import { until } from './until.ts'

/** Somebody with a device: one store, and one client after the other on it. */
export class Person {
  readonly name: string
  readonly store: Store = memoryStore()
  readonly received: Message[] = []
  readonly errors: Error[] = []
  readonly gaps: unknown[] = []
  client: Client
  readonly #url: string
  readonly #account: Account
  #sockets: WebSocket[] = []

  constructor(url: string, account: Account) {
    this.name = account.username
    this.#url = url
    this.#account = account
    this.client = this.#start()
  }

  get texts(): readonly string[] {
    return this.received.map(({ content }) => content)
  }

  /** The network is gone from one moment to the next. */
  cut(): void {
    for (const socket of this.#sockets.splice(0)) socket.terminate()
  }

  /** Another client on the same store; `credentials` absent: the token has to do. */
  async reload(options: Partial<ClientOptions> = {}): Promise<void> {
    await this.client.close()
    this.client = this.#start(options)
    await this.client.connect()
  }

  /** All that was sent is at the XMPP server. */
  settled(): Promise<void> {
    return until(
      () => [...this.client.snapshot().messages.values()].every(({ state }) => state !== 'queued'),
      `${this.name}'s messages at the server`,
    )
  }

  got(count: number): Promise<void> {
    return until(() => this.received.length >= count, `${count} messages for ${this.name}`)
  }

  /** Ends the session, where there is one. */
  async leave(): Promise<void> {
    if (this.client.snapshot().status.kind === 'online') await this.client.leave()
    else await this.client.close()
  }

  /** Writes to another person. */
  say(to: Person, content: string): void {
    this.client.send({ to: to.name, content })
  }

  #start(options: Partial<ClientOptions> = {}): Client {
    const sockets = this.#sockets
    const client = createClient({
      url: this.#url,
      credentials: this.#account,
      store: this.store,
      WebSocket: class extends WebSocket implements SocketLike {
        constructor(url: string, protocols: string[]) {
          super(url, protocols)
          sockets.push(this)
        }
      },
      ...options,
    })
    client.on('message', message => void this.received.push(message))
    client.on('error', error => void this.errors.push(error))
    client.on('gap', gap => void this.gaps.push(gap))
    return client
  }
}

/** So many texts about something. */
export function numbered(count: number, what: string): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${what} ${at}`)
}
