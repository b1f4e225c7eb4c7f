import {
  createClient,
  memoryStore,
  type Message,
  type MessageStateChange,
} from '../../../client/src/index.ts'
import type { Client } from '../../../client/src/types.ts'
import type { Clock } from '../../../shared/clock.ts'
import { keyIn, keyOf, readKey, textOf } from '../history/key.ts'
import type { Record } from '../history/write.ts'
import { recordingSocket, type Joined } from './socket.ts'
import { PageStore, Unsaved } from './store.ts'

export interface PersonOptions {
  readonly url: string
  readonly name: string
  readonly password: string
  /** Whom to write to. */
  readonly peers: readonly string[]
  /** Whose presence to see. */
  readonly contact: string
  readonly record: Record
  readonly clock: Clock
}

interface Page {
  readonly client: Client
  readonly end: AbortController
  readonly unsaved: Unsaved
}

/** One user and the device that keeps the store; pages come and go. */
export class Person {
  readonly name: string
  readonly #options: PersonOptions
  readonly #kept = memoryStore()
  readonly #traffic = { up: 0, down: 0, outside: 0 }
  readonly #joined: Joined = { session: undefined }
  /** Numbers of the messages to each peer. */
  readonly #numbers = new Map<string, number>()
  readonly #keys = new Map<string, string>()
  readonly #acknowledged = new Set<string>()
  readonly #shown = new Set<string>()
  #presences = 0
  #page: Page

  constructor(options: PersonOptions) {
    this.name = options.name
    this.#options = options
    this.#page = this.#open('first', [])
  }

  get peers(): readonly string[] {
    return this.#options.peers
  }

  /** How often this user has set a presence. */
  get presences(): number {
    return this.#presences
  }

  /** What this user's part in the end of a run is. */
  look(): { online: boolean; queued: number; acknowledged: number; shown: number } {
    const { status, unsent } = this.#page.client.snapshot()
    return {
      online: status.kind === 'online',
      queued: unsent.filter(message => message.state === 'queued').length,
      acknowledged: this.#acknowledged.size,
      shown: this.#shown.size,
    }
  }

  /** Resolves when online for the first time. */
  async connect(): Promise<void> {
    await this.#page.client.connect()
  }

  /** Asks to see the presence of its contact. */
  async befriend(): Promise<void> {
    await this.#page.client.addContact(this.#options.contact)
  }

  /** What went before, such as signing in, is no part of the talk. */
  startCounting(): void {
    Object.assign(this.#traffic, { up: 0, down: 0, outside: 0 })
  }

  /** The next message to a peer. What the client refuses is no message. */
  send(to: string): void {
    const number = (this.#numbers.get(to) ?? 0) + 1
    const key = keyOf(this.name, to, number)
    try {
      const { id } = this.#page.client.send({ to, content: textOf(key) })
      this.#numbers.set(to, number)
      this.#keys.set(id, key)
      this.#page.unsaved.sent(id, key)
      this.#options.record({ kind: 'send', key, to, ...withSession(this.#joined.session) })
    } catch (error) {
      this.#options.record({ kind: 'trouble', what: `send: ${String(error)}` })
    }
  }

  setPresence(): void {
    const status = `${this.name} ${(this.#presences += 1)}`
    this.#page.client.setPresence(this.#presences % 2 === 0 ? 'away' : 'dnd', status)
    this.#options.record({ kind: 'presence-set', status })
  }

  /** A new page on the same store. A crash takes what the store has not kept. */
  async reload(how: 'close' | 'crash'): Promise<void> {
    const { client, end, unsaved } = this.#page
    if (how === 'close') await client.close()
    end.abort()
    this.#page = this.#open(how, how === 'crash' ? unsaved.keys : [])
    // A bridge that is away just now keeps nobody waiting here: whether all come back shows in the end.
    this.#page.client
      .connect()
      .catch((error: unknown) => this.#options.record({ kind: 'trouble', what: `connect: ${String(error)}` }))
  }

  /** Writes down what the user sees now, and ends. */
  async finish(): Promise<void> {
    const { client, end } = this.#page
    for (const { jid, presence } of client.snapshot().contacts) this.#sawPresence(jid, presence, true)
    for (const { id, state } of client.snapshot().unsent) this.#told({ id, state })
    this.#options.record({ kind: 'traffic', ...this.#traffic })
    await client.close()
    end.abort()
  }

  #open(how: 'first' | 'close' | 'crash', unsavedKeys: string[]): Page {
    const { url, name, password, record, clock } = this.#options
    const end = new AbortController()
    const unsaved = new Unsaved(clock)
    const { signal: gone } = end
    record({ kind: 'life', how, unsaved: unsavedKeys })
    const client = createClient({
      url,
      credentials: { username: name, password, register: true },
      store: new PageStore(this.#kept, gone, clock, change => unsaved.kept(change)),
      clock: clockUntil(clock, gone),
      WebSocket: recordingSocket({ gone, record, traffic: this.#traffic }, this.#joined),
    })
    const page = { client, end, unsaved }
    this.#listen(page)
    return page
  }

  #listen({ client, end, unsaved }: Page): void {
    const { record } = this.#options
    const ifThere =
      <Event>(run: (event: Event) => void) =>
      (event: Event) => {
        if (!end.signal.aborted) run(event)
      }
    client.on(
      'message',
      ifThere(message => this.#show(message, unsaved)),
    )
    client.on(
      'state',
      ifThere(change => this.#told(change)),
    )
    client.on(
      'presence',
      ifThere(({ from, ...presence }) => this.#sawPresence(from, presence, false)),
    )
    client.on(
      'gap',
      ifThere(({ with: person, reason }) =>
        record({ kind: 'gap', reason, ...(person !== undefined && { with: person }) }),
      ),
    )
    client.on(
      'status',
      ifThere(status =>
        record({ kind: 'status', status: status.kind, ...('code' in status && { code: status.code }) }),
      ),
    )
    client.on(
      'error',
      ifThere(error => record({ kind: 'trouble', what: String(error) })),
    )
    client.on(
      'subscription',
      ifThere(({ from }) => {
        client
          .answerSubscription(from, 'approve')
          .catch((error: unknown) => record({ kind: 'trouble', what: `approve: ${String(error)}` }))
      }),
    )
  }

  #show({ from, content, mid, own }: Message, unsaved: Unsaved): void {
    const key = keyIn(content)
    if (own) return
    if (key === undefined) return void (this.#traffic.outside += 1)
    unsaved.shown(mid, key)
    this.#shown.add(key)
    const damaged = content !== textOf(key) || localPart(from) !== readKey(key)?.from
    this.#options.record({ kind: 'display', key, ...(damaged && { damaged }) })
  }

  #told({ id, state }: Pick<MessageStateChange, 'id' | 'state'>): void {
    const key = this.#keys.get(id)
    if (key === undefined) return
    if (state === 'sent' || state === 'delivered' || state === 'displayed') this.#acknowledged.add(key)
    this.#options.record({ kind: 'state', key, state })
  }

  #sawPresence(jid: string, { show, status }: { show: string; status?: string | undefined }, last: boolean) {
    const of = localPart(jid)
    this.#options.record({ kind: 'presence-shown', of, show, last, ...(status !== undefined && { status }) })
  }
}

/** A page that is gone runs nothing any more. */
function clockUntil(clock: Clock, gone: AbortSignal): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (ms, run) => clock.after(ms, () => !gone.aborted && run()),
  }
}

function localPart(jid: string): string {
  return jid.split('@', 1)[0] ?? jid
}

function withSession(session: string | undefined) {
  return session === undefined ? {} : { session }
}
