import { within } from '../../shared/clock.ts'
import { Emitter } from './emitter.ts'
import { ClientError, codeOf } from './errors.ts'
import { CLOSE_LIMIT_MS, MAX_WAITING } from './limits.ts'
import { undecided } from './snapshot.ts'
import { Pending } from './pending.ts'
import { Shown } from './shown.ts'
import { TabGroup } from './tabs-group.ts'
import { newcomers } from './tabs-known.ts'
import type { News, TabCall, TabCalls } from './tabs-messages.ts'
import { changesMessages, isUp, view } from './tabs-view.ts'
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

/** These wait for an answer of the XMPP server; all others are kept by the client until they can be done. */
const LIMITED = new Set<keyof TabCalls>(['addContact', 'removeContact', 'history'])

type Text = { readonly to: string; readonly content: string }

/** The client as one of several tabs has it: the same in each, with one connection behind all of them. */
export class TabbedClient implements Client {
  readonly #world: TabWorld
  readonly #emitter = new Emitter()
  readonly #shown = new Shown(this.#emitter)
  /** What this tab has asked for and nobody has done yet. It outlives the leader: the next one is asked again. */
  readonly #calls = new Pending<TabCall, unknown>()
  /** A new leader may be told once more what the one before it told already. */
  readonly #isNew = newcomers()
  #group: TabGroup | undefined

  constructor(world: TabWorld) {
    this.#world = world
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#emitter.on(name, listener)
  }

  async connect(): Promise<void> {
    const group = this.#join()
    // Another tab has the connection, or had it and was refused: the credentials of this one may be better.
    if (!group.leads && this.#shown.snapshot.status.kind === 'stopped') group.takeOver()
    await this.#ask('connect')
  }

  send({ to, content }: Text): SentMessage {
    checkText(content)
    const waiting = this.#shown.snapshot.unsent.filter(({ state }) => state === 'queued')
    if (waiting.length >= MAX_WAITING) throw new ClientError('outbox-full')
    // The device's name first, so that the archive's copy is known as one of its own.
    const id = [this.#join().device, newId()].join('-')
    const timestamp = new Date(this.#world.clock.now()).toISOString()
    const message: SentMessage = { id, to, content, timestamp, state: 'queued' }
    this.#tell('sendAs', message)
    return message
  }

  retry(id: string): SentMessage {
    // First the new one: what breaks off between the two is shown twice, and not lost.
    const sent = this.send(undecided(this.#shown.snapshot, id))
    this.discard(id)
    return sent
  }

  discard(id: string): void {
    undecided(this.#shown.snapshot, id)
    this.#tell('discardAs', id)
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
    return this.#shown.snapshot
  }

  subscribe(listener: () => void): () => void {
    return this.#shown.subscribe(listener)
  }

  async close(): Promise<void> {
    const group = this.#group
    if (group === undefined) return
    await within(this.#world.clock, CLOSE_LIMIT_MS, this.#calls.settled(changesMessages))
    this.#group = undefined
    this.#calls.close()
    await group.leave()
    // Unless it was asked to connect again meanwhile.
    if (this.#group === undefined) this.#shown.show({ ...group.told, status: { kind: 'offline' } })
  }

  async leave(): Promise<void> {
    await this.#ask('leave')
  }

  /** For what has no answer: what goes wrong with it is an `error` event. */
  #tell<Method extends keyof TabCalls>(method: Method, ...args: TabCalls[Method]): void {
    this.#ask(method, ...args).catch((error: Error) => {
      if (codeOf(error) !== 'closed') this.#fault(error)
    })
  }

  #ask<Method extends keyof TabCalls>(method: Method, ...args: TabCalls[Method]): Promise<unknown> {
    const group = this.#join()
    const asked = { call: newId(), method, args } as TabCall
    const done = this.#calls.add(asked.call, asked, LIMITED.has(method) ? this.#world.clock : undefined)
    group.ask(asked)
    this.#refresh()
    return done
  }

  #join(): TabGroup {
    this.#group ??= new TabGroup(this.#world, {
      hear: news => this.#hear(news),
      changed: () => this.#refresh(),
      newLeader: () => this.#onNewLeader(),
    })
    return this.#group
  }

  #hear(news: News): unknown {
    switch (news.kind) {
      case 'event':
        if (news.name === 'message' && !this.#isNew(news.event)) return undefined
        return this.#emitter.emit(news.name, news.event)
      case 'error':
        return this.#fault(news.error)
      case 'answer':
        if (news.error) this.#calls.reject(news.call, news.error)
        else this.#calls.resolve(news.call, news.value)
        return this.#refresh()
      case 'alive':
        return undefined
    }
  }

  #onNewLeader(): void {
    const group = this.#group
    if (group === undefined) return
    const pending = this.#calls.all
    for (const call of pending) group.ask(call)
    // Whichever tab asked for the connection, it is gone on with; unless somebody decides on it anyway.
    const decided = pending.some(({ method }) => method === 'connect' || method === 'leave')
    if (group.leads && isUp(group.told.status) && !decided) this.#tell('connect')
  }

  #refresh(): void {
    if (this.#group !== undefined) {
      this.#shown.show(view(this.#group.told, this.#calls.all, this.#group.status))
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
