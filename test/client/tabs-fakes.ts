import { IDBFactory } from 'fake-indexeddb'
import { vi } from 'vitest'
import { ClientError } from '../../client/src/errors.ts'
import { IndexedDbStore } from '../../client/src/indexeddb-store.ts'
import type { Saved, SavedItem, SavedUp, Store } from '../../client/src/store.ts'
import type { CorePorts, TabCore } from '../../client/src/tabs-core.ts'
import { NOTHING_YET } from '../../client/src/snapshot.ts'
import { TabbedClient } from '../../client/src/tabs.ts'
import { around } from '../../client/src/web.ts'
import type { Message, SentMessage, Snapshot, Status } from '../../client/src/types.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeOrigin, FakeTab } from './tabs-origin.ts'

/** What the fake clients of all tabs are connected to. */
export interface FakeBridge {
  /** Ids of the messages that came, with repetitions. */
  readonly sent: string[]
  /** Says stop to who knows this password. */
  refused?: string
}

type Text = { readonly to: string; readonly content: string }

/**
 * The client of a leading tab, as far as the tabs can tell: it keeps before it sends, and goes on where it stopped, but in
 * another session.
 */
export class FakeCore implements TabCore {
  readonly device: string
  readonly ports: CorePorts
  readonly asked: unknown[][] = []
  closed = false
  /** What it would go on with. */
  session: Saved['session']
  readonly #bridge: FakeBridge
  readonly #store: Store
  readonly #password: string
  readonly #loaded: Promise<void>
  snapshot: Snapshot = NOTHING_YET

  constructor(bridge: FakeBridge, store: Store, ports: CorePorts, password: string) {
    this.#bridge = bridge
    this.device = ports.device
    this.ports = ports
    this.#store = store
    this.#password = password
    this.#loaded = this.#load()
  }

  async connect(): Promise<void> {
    await this.#loaded
    if (this.#bridge.refused === this.#password) {
      this.status({ kind: 'stopped', code: 'bad-credentials' })
      throw new ClientError('bad-credentials')
    }
    this.status({ kind: 'online' })
    await this.#flush()
  }

  async sendAs({ id, to, content }: Text & { readonly id: string }): Promise<void> {
    await this.#loaded
    if (this.snapshot.messages.has(id)) return
    await this.#keepAndSend({ id, to, content, timestamp: '2026-01-02T03:04:05.000Z', state: 'queued' })
  }

  async discardAs(id: string): Promise<void> {
    await this.#loaded
    const messages = new Map(this.snapshot.messages)
    messages.delete(id)
    this.#change({ messages })
  }
  markDisplayed = (...args: unknown[]) => this.#note('markDisplayed', args)
  setTyping = (...args: unknown[]) => this.#note('setTyping', args)
  setPresence = (...args: unknown[]) => this.#note('setPresence', args)
  addContact = (to: string) => (to === 'nobody' ? refuse('not-found') : Promise.resolve())
  removeContact = () => Promise.resolve()
  answerSubscription = () => Promise.resolve()
  history = () => Promise.resolve({ items: [], complete: true, first: undefined, last: undefined })

  close(): Promise<void> {
    this.closed = true
    this.status({ kind: 'offline' })
    return Promise.resolve()
  }

  abandon(): void {
    this.closed = true
    this.status({ kind: 'offline' })
  }

  async leave(): Promise<void> {
    await this.#loaded
    await this.#store.clear()
    this.#change(NOTHING_YET)
    this.status({ kind: 'offline' })
  }

  #note(method: string, args: readonly unknown[]): Promise<void> {
    this.asked.push([method, ...args])
    return Promise.resolve()
  }

  async #load(): Promise<void> {
    const saved = await this.#store.load()
    this.session = saved?.session
    const items = (saved?.items ?? []).map(item => [item.id, toSent(item, saved?.up)] as const)
    this.#change({ messages: new Map([...items, ...this.snapshot.messages]) })
  }

  /** A message comes in; resolves when it counts as told. */
  receive(message: Message): Promise<void> {
    return this.ports.emit('message', message)
  }

  status(status: Status): void {
    this.#change({ status })
  }

  /** What the recipient's device, or the bridge, says about a message. */
  fail(id: string): void {
    const message = this.snapshot.messages.get(id)
    if (message !== undefined) this.#put({ ...message, state: 'failed', code: 'not-found' })
  }

  async #keepAndSend(message: SentMessage): Promise<void> {
    this.#put(message)
    await this.#store.save({ put: [toSaved(message)] })
    if (this.snapshot.status.kind === 'online') await this.#flush()
  }

  async #flush(): Promise<void> {
    for (const message of this.snapshot.unsent.filter(({ state }) => state === 'queued')) {
      this.#bridge.sent.push(message.id)
      this.#put({ ...message, state: 'sent' })
      await this.#store.save({ put: [toSaved({ ...message, state: 'sent' })] })
    }
  }

  #put(message: SentMessage): void {
    this.#change({ messages: new Map([...this.snapshot.messages, [message.id, message]]) })
  }

  #change(change: Partial<Snapshot>): void {
    const messages = change.messages ?? this.snapshot.messages
    const unsent = [...messages.values()].filter(({ state }) => state === 'queued' || state === 'failed')
    this.snapshot = { ...this.snapshot, ...change, unsent }
    this.ports.changed({ ...change, messages, unsent })
  }
}

const refuse = (code: string) => Promise.reject(new ClientError(code, 'no such address'))

function toSent(
  { id, seq, frame, state, atMs }: SavedItem,
  up: SavedUp = { acked: 0, sent: 0 },
): SentMessage {
  if (frame.messageType !== 'NEW_MESSAGE') throw new Error('only messages are kept here')
  const { sent = seq } = up
  const shown = state === 'queued' && seq <= sent ? 'unsure' : state
  return { id, to: frame.to, content: frame.content, timestamp: new Date(atMs).toISOString(), state: shown }
}

function toSaved({ id, to, content, timestamp, state }: SentMessage): SavedItem {
  const frame = { messageType: 'NEW_MESSAGE', to, content } as const
  return { id, seq: 1, frame, state, atMs: Date.parse(timestamp) }
}

export interface OpenTab {
  readonly tab: FakeTab
  readonly client: TabbedClient
  /** The clients that were run here, oldest first. */
  readonly cores: FakeCore[]
  /** What the listeners of this tab were told: contents of messages. */
  readonly told: string[]
  readonly errors: Error[]
}

/** A browser with one database, one clock and any number of tabs of one page. */
export class FakeBrowser {
  readonly origin = new FakeOrigin()
  readonly clock = new FakeClock()
  readonly bridge: FakeBridge = { sent: [] }
  readonly #databases = new IDBFactory()

  /** `lone`: the tab speaks to no other. */
  open({
    password = 'right',
    lone = false,
    store = new IndexedDbStore('ann', this.#databases),
  }: { password?: string; lone?: boolean; store?: Store } = {}): OpenTab {
    const tab = new FakeTab()
    const cores: FakeCore[] = []
    const client = new TabbedClient({
      core: (kept, ports) => {
        const core = new FakeCore(this.bridge, kept, ports, password)
        cores.push(core)
        return core
      },
      clock: this.clock,
      random: () => 0,
      ...(lone
        ? around({ url: 'ws://bridge', store, tabs: false })
        : {
            name: 'ann',
            store,
            locks: this.origin.locks(tab),
            channel: name => this.origin.channel(tab, name),
            sleep: events => tab.onSleep(events),
          }),
    })
    const [told, errors]: [string[], Error[]] = [[], []]
    client.on('message', ({ content }) => void told.push(content))
    client.on('error', error => void errors.push(error))
    return { tab, client, cores, told, errors }
  }
}

/** Tabs that are connected, the first of which leads. */
export async function openTwo(browser: FakeBrowser): Promise<[OpenTab, OpenTab]> {
  return [await openOne(browser), await openOne(browser)]
}

export async function openThree(browser: FakeBrowser): Promise<[OpenTab, OpenTab, OpenTab]> {
  return [...(await openTwo(browser)), await openOne(browser)]
}

async function openOne(browser: FakeBrowser): Promise<OpenTab> {
  const tab = browser.open()
  await tab.client.connect()
  return tab
}

/** The client that runs in this tab, or ran there last. */
export function coreOf({ cores }: OpenTab): FakeCore {
  const core = cores.at(-1)
  if (core === undefined) throw new Error('this tab never led')
  return core
}

/** What a tab shows. */
export const stateOf = ({ client }: OpenTab, id: string) => client.snapshot().messages.get(id)?.state
export const statusOf = ({ client }: OpenTab) => client.snapshot().status

export function fromJose(content: string, mid: string | undefined = content): Message {
  const rest = { timestamp: '2026-01-02T03:04:05Z', own: false, delayed: false, truncated: false }
  return { id: undefined, mid, from: 'jose', to: 'ann', content, ...rest }
}

/** Resolves when the condition holds; the limit is far above what a busy machine needs. */
export async function until(holds: () => boolean): Promise<void> {
  await vi.waitUntil(holds, { timeout: 20_000, interval: 5 })
}
