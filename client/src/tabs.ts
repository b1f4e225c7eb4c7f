import { within } from '../../shared/clock.ts'
import { Emitter } from './emitter.ts'
import { ClientError } from './errors.ts'
import { MAX_WAITING } from './outbox.ts'
import { NOTHING_YET } from './snapshot.ts'
import { Pending } from './pending.ts'
import { changesMessages, isLimited, type PendingCall } from './tabs-calls.ts'
import { TabGroup } from './tabs-group.ts'
import { KnownMessages } from './tabs-known.ts'
import type { SharedEvent, TabCall, TabCalls } from './tabs-messages.ts'
import { isUp, view } from './tabs-view.ts'
import type { TabWorld } from './tabs-world.ts'
import { checkText } from './text.ts'
import type {
  Client,
  EventName,
  HistoryPage,
  HistoryQuery,
  Listener,
  Message,
  SentMessage,
  Show,
  Snapshot,
  TypingChange,
} from './types.ts'

/** How long `close` waits for the leader to keep what this tab has sent last. */
const CLOSE_LIMIT_MS = 3000

type Text = { readonly to: string; readonly content: string }

/** The client as one of several tabs has it: the same in each, with one connection behind all of them. */
export class TabbedClient implements Client {
  readonly #world: TabWorld
  readonly #emitter = new Emitter()
  readonly #listeners = new Set<() => void>()
  readonly #calls = new Pending<PendingCall, unknown>()
  /** A new leader may be told once more what the one before it told already. */
  readonly #known = new KnownMessages()
  #group: TabGroup | undefined
  #snapshot = NOTHING_YET
  /** There should be a connection: if this tab comes to lead, it opens one. */
  #wanted = false

  constructor(world: TabWorld) {
    this.#world = world
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#emitter.on(name, listener)
  }

  async connect(): Promise<void> {
    this.#wanted = true
    const group = this.#join()
    // Another tab has the connection, or had it and was refused: the credentials of this one may be better.
    if (group.core === undefined && this.#snapshot.status.kind === 'stopped') group.takeOver()
    await this.#ask('connect')
  }

  send({ to, content }: Text): SentMessage {
    return this.#queue({ to, content }, (...args) => this.#tell('send', ...args))
  }

  retry(id: string): SentMessage {
    const { to, content } = this.#unsettled(id)
    return this.#queue({ to, content }, (...args) => this.#tell('retry', id, ...args))
  }

  discard(id: string): void {
    this.#unsettled(id)
    this.#tell('discard', id)
  }

  markDisplayed({ from, id }: Pick<Message, 'from' | 'id'>): void {
    this.#tell('markDisplayed', { from, id })
  }

  setTyping(to: string, state: TypingChange['state']): void {
    this.#tell('setTyping', to, state)
  }

  setPresence(show: Show, status?: string): void {
    this.#tell('setPresence', show, status)
  }

  async addContact(...args: Parameters<Client['addContact']>): Promise<void> {
    await this.#ask('addContact', ...args)
  }

  async removeContact(to: string): Promise<void> {
    await this.#ask('removeContact', to)
  }

  async answerSubscription(to: string, answer: 'approve' | 'refuse'): Promise<void> {
    await this.#ask('answerSubscription', to, answer)
  }

  async history(query?: HistoryQuery): Promise<HistoryPage> {
    // The answer of a tab of the same version, which is what the client there gave.
    return (await this.#ask('history', query)) as HistoryPage
  }

  snapshot(): Snapshot {
    return this.#snapshot
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#wanted = false
    const group = this.#group
    if (group === undefined) return
    await within(this.#world.clock, CLOSE_LIMIT_MS, this.#calls.settled(changesMessages))
    this.#group = undefined
    this.#calls.close()
    await group.leave()
    // Unless it was asked to connect again meanwhile.
    if (this.#group === undefined) this.#show({ ...group.told, status: { kind: 'offline' } })
  }

  async leave(): Promise<void> {
    this.#wanted = false
    await this.#ask('leave')
  }

  #queue(text: Text, tell: (id: string, text: Text) => void): SentMessage {
    checkText(text.content)
    const waiting = this.#snapshot.unsent.filter(({ state }) => state === 'queued')
    if (waiting.length >= MAX_WAITING) throw new ClientError('outbox-full')
    // The device's name first, so that the archive's copy is known as one of its own.
    const id = [this.#join().device, newId()].join('-')
    tell(id, text)
    // Shown at once, whether this tab leads or the leader is still to hear of it.
    return this.#snapshot.messages.get(id) as SentMessage
  }

  #unsettled(id: string): SentMessage {
    const message = this.#snapshot.unsent.find(unsent => unsent.id === id && unsent.state !== 'queued')
    if (message === undefined) throw new ClientError('unknown-message')
    return message
  }

  /** For what has no answer: what goes wrong with it is an `error` event. */
  #tell<Method extends keyof TabCalls>(method: Method, ...args: TabCalls[Method]): void {
    this.#ask(method, ...args).catch((error: Error) => {
      if (!(error instanceof ClientError && error.code === 'closed')) this.#fault(error)
    })
  }

  #ask<Method extends keyof TabCalls>(method: Method, ...args: TabCalls[Method]): Promise<unknown> {
    const group = this.#join()
    const { clock } = this.#world
    const at = new Date(clock.now()).toISOString()
    const pending = { call: newId(), asked: { method, args } as TabCall, at }
    const done = this.#calls.add(pending.call, pending, isLimited(method) ? clock : undefined)
    group.ask(pending)
    this.#refresh()
    return done
  }

  #join(): TabGroup {
    this.#group ??= new TabGroup(this.#world, {
      tell: shared => this.#onEvent(shared),
      fault: error => this.#fault(error),
      changed: () => this.#refresh(),
      done: (call, value) => {
        this.#calls.resolve(call, value)
        this.#refresh()
      },
      failed: (call, error) => {
        this.#calls.reject(call, error)
        this.#refresh()
      },
      newLeader: () => this.#onNewLeader(),
      ended: () => (this.#wanted = false),
    })
    return this.#group
  }

  #onEvent({ name, event }: SharedEvent): unknown {
    if (name === 'message' && !this.#known.add(event)) return undefined
    return this.#emitter.emit(name, event)
  }

  #onNewLeader(): void {
    const group = this.#group
    if (group === undefined) return
    const pending = this.#calls.all
    for (const call of pending) group.ask(call)
    const asksAnyway = pending.some(({ asked }) => asked.method === 'connect')
    if (group.core !== undefined && this.#wanted && !asksAnyway) this.#tell('connect')
  }

  #refresh(): void {
    if (this.#group === undefined) return
    const { told, status } = this.#group
    // Whichever tab asked for it, they have it together.
    if (isUp(told.status)) this.#wanted = true
    this.#show(view(told, this.#calls.all, status))
  }

  #show(snapshot: Snapshot): void {
    const before = this.#snapshot
    if (snapshot === before) return
    this.#snapshot = snapshot
    for (const listener of this.#listeners) listener()
    if (JSON.stringify(before.status) !== JSON.stringify(snapshot.status)) {
      void this.#emitter.emit('status', snapshot.status)
    }
  }

  #fault(error: Error): void {
    void this.#emitter.emit('error', error)
  }
}

/** 128 random bits. `crypto.randomUUID` is only there in secure contexts. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), word => word.toString(36)).join('-')
}
