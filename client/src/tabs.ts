import { within } from '../../shared/clock.ts'
import { Emitter } from './emitter.ts'
import { ClientError, codeOf } from './errors.ts'
import { idOf, newId } from './ids.ts'
import { CLOSE_LIMIT_MS, MAX_WAITING } from './limits.ts'
import { isSame, NOTHING_YET, undecided } from './snapshot.ts'
import { Pending } from './pending.ts'
import type { TabCore } from './tabs-core.ts'
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
const LIMITED: readonly (keyof TabCalls)[] = ['addContact', 'removeContact', 'history']

type Text = { readonly to: string; readonly content: string }

/** The client as an application has it: the same in each of several tabs, with one connection behind all of them. */
export class TabbedClient implements Client {
  readonly #world: TabWorld
  readonly #emitter = new Emitter()
  #snapshot = NOTHING_YET
  /** What this tab has asked for and nobody has done yet. It outlives the leader: the next one is asked. */
  readonly #calls = new Pending<TabCall, unknown>()
  /** A new leader may repeat what the one before it told. */
  readonly #isNew = newcomers()
  /** The message that was told last; that its listeners are done counts for the leader that repeats it, too. */
  #telling: Promise<void> | undefined
  #group: TabGroup | undefined
  #closing: Promise<void> | undefined

  constructor(world: TabWorld) {
    this.#world = world
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#emitter.on(name, listener)
  }

  async connect(): Promise<void> {
    await this.#closing
    const group = this.#join()
    // Another tab has the connection, or had it and was refused: the credentials of this one may be better.
    if (!group.leads && this.#snapshot.status.kind === 'stopped') group.takeOver()
    await this.#ask('connect')
  }

  send({ to, content }: Text): SentMessage {
    checkText(content, this.#snapshot.self?.maxTextBytes)
    const waiting = this.#snapshot.unsent.filter(({ state }) => state === 'queued')
    if (waiting.length >= MAX_WAITING) throw new ClientError('outbox-full')
    const id = idOf(this.#join().device)
    const timestamp = new Date(this.#world.clock.now()).toISOString()
    const message: SentMessage = { id, to, content, timestamp, state: 'queued' }
    this.#tell('sendAs', message)
    return message
  }

  retry(id: string): SentMessage {
    // First the new one: what breaks off between the two is shown twice, and not lost.
    const sent = this.send(undecided(this.#snapshot, id))
    this.discard(id)
    return sent
  }

  discard(id: string): void {
    undecided(this.#snapshot, id)
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

  addContact(...args: Parameters<Client['addContact']>): Promise<void> {
    return this.#ask('addContact', ...args)
  }

  removeContact(to: string): Promise<void> {
    return this.#ask('removeContact', to)
  }

  answerSubscription(to: string, answer: 'approve' | 'refuse'): Promise<void> {
    return this.#ask('answerSubscription', to, answer)
  }

  history(query?: HistoryQuery): Promise<HistoryPage> {
    return this.#ask('history', query)
  }

  leave(): Promise<void> {
    return this.#ask('leave')
  }

  snapshot(): Snapshot {
    return this.#snapshot
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.on('change', listener)
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#close())
    this.#closing = undefined
  }

  async #close(): Promise<void> {
    const group = this.#group
    if (group === undefined) return
    await within(this.#world.clock, CLOSE_LIMIT_MS, this.#calls.settled(changesMessages))
    this.#group = undefined
    this.#calls.close()
    await group.leave()
    // Unless it was asked to connect meanwhile.
    if (this.#group === undefined) this.#show({ ...group.told, status: { kind: 'offline' }, typing: [] })
  }

  /** For what has no answer: what goes wrong with it is an `error` event. */
  #tell<Method extends keyof TabCalls>(method: Method, ...args: TabCalls[Method]): void {
    this.#ask(method, ...args).catch((error: Error) => {
      if (codeOf(error) !== 'closed') void this.#emitter.emit('error', error)
    })
  }

  #ask<Method extends keyof TabCalls>(
    method: Method,
    ...args: TabCalls[Method]
  ): ReturnType<TabCore[Method]> {
    const group = this.#join()
    const asked = { call: newId(), method, args } as TabCall
    const done = this.#calls.add(asked.call, asked, LIMITED.includes(method) ? this.#world.clock : undefined)
    group.ask(asked)
    this.#refresh()
    // What a tab of the same version answers is what its client gave.
    return done as ReturnType<TabCore[Method]>
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
    if (news.kind === 'error') return this.#emitter.emit('error', news.error)
    if (news.kind === 'event') {
      const { name, event } = news
      if (name !== 'message') return this.#emitter.emit(name, event)
      if (this.#isNew(event)) this.#telling = this.#emitter.emit(name, event)
      return this.#telling
    }
    if (news.kind === 'alive') return undefined
    if (news.error) this.#calls.reject(news.call, news.error)
    else this.#calls.resolve(news.call, news.value)
    return this.#refresh()
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
    const group = this.#group
    if (group) this.#show(view(group.told, this.#calls.all, group.status))
  }

  #show(snapshot: Snapshot): void {
    const before = this.#snapshot
    if (snapshot === before) return
    this.#snapshot = snapshot
    void this.#emitter.emit('change', undefined)
    const { status } = snapshot
    if (!isSame(before.status, status)) void this.#emitter.emit('status', status)
  }
}
