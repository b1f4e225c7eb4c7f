import type { Resolved } from './defaults.ts'
import { ClientError, failure } from './errors.ts'
import { toMessage, toSentMessages } from './messages.ts'
import { Pending } from './pending.ts'
import { Session } from './session.ts'
import { isUndecided } from './snapshot.ts'
import type { State } from './state.ts'
import { statusOf } from './status.ts'
import type { SavedFrame, SavedItem } from './store.ts'
import type { CorePorts, TabCore } from './tabs-core.ts'
import type { Client, HistoryPage, HistoryQuery, Message, SentMessage, Show, TypingChange } from './types.ts'
import type { Question } from './unnumbered.ts'
import { View } from './view.ts'

/** The client behind the tabs: what they ask is done when the store is read. With everything from outside in its options. */
export class ChatClient implements TabCore {
  readonly #options: Resolved
  readonly #ports: CorePorts
  readonly #view: View
  #device: string
  /** From the first use of the store until `close`. */
  #loading: Promise<Session> | undefined
  #closing: Promise<void> | undefined
  /** Calls of `connect` and `leave` under these names, and answers to subscription requests by the id of their frame. */
  readonly #asked = new Pending<undefined>()

  constructor(options: Resolved, ports: CorePorts) {
    this.#options = options
    this.#ports = ports
    this.#device = ports.device
    this.#view = new View(options.clock, ports.changed)
  }

  get device(): string {
    return this.#device
  }

  async connect(): Promise<void> {
    const session = await this.#load()
    if (this.#view.snapshot.status.kind === 'online') return
    const online = this.#asked.add('connect', undefined)
    session.dispatch({ kind: 'connect' })
    await online
  }

  async sendAs({ id, to, content }: Pick<SentMessage, 'id' | 'to' | 'content'>): Promise<void> {
    const session = await this.#load()
    if (!session.outbox.get(id)) this.#keep(session, id, { messageType: 'NEW_MESSAGE', to, content })
    await session.saver.saved()
  }

  async discardAs(id: string): Promise<void> {
    const { outbox, saver } = await this.#load()
    if (isUndecided(outbox.get(id)?.state)) outbox.drop(id)
    await saver.saved()
  }

  async markDisplayed({ from, id }: Pick<Message, 'from' | 'id'>): Promise<void> {
    const session = await this.#load()
    if (id !== undefined) {
      this.#keep(session, session.nextId(), { messageType: 'DISPLAYED', to: from, message: id })
    }
  }

  async setTyping(to: string, state: TypingChange['state']): Promise<void> {
    const { uplink } = await this.#load()
    uplink.send({ messageType: 'TYPING', to, state })
  }

  async setPresence(show: Show, status?: string): Promise<void> {
    const { unnumbered } = await this.#load()
    unnumbered.setPresence({ messageType: 'PRESENCE', show, status })
  }

  async addContact(to: string, { name, groups }: Parameters<Client['addContact']>[1] = {}): Promise<void> {
    await this.#ask({ messageType: 'ADD_CONTACT', to, name, groups: groups?.slice() })
  }

  async removeContact(to: string): Promise<void> {
    await this.#ask({ messageType: 'UNSUBSCRIBE', to })
  }

  async answerSubscription(to: string, answer: 'approve' | 'refuse'): Promise<void> {
    const session = await this.#load()
    const id = session.nextId()
    this.#keep(session, id, { messageType: 'SUBSCRIPTION', to, answer })
    this.#view.removeRequest(to)
    await this.#asked.add(id, undefined)
  }

  async history(query: HistoryQuery = {}): Promise<HistoryPage> {
    const session = await this.#load()
    const page = await session.page(query)
    return { ...page, items: page.items.map(toMessage) }
  }

  async close(): Promise<void> {
    await this.#end(session => session.close())
    this.#asked.close()
  }

  abandon(): void {
    void this.#end(session => session.abandon())
  }

  async leave(): Promise<void> {
    const session = await this.#load()
    const left = this.#asked.add('leave', undefined)
    session.dispatch({ kind: 'leave' })
    await left
    await this.close()
    await this.#options.store.clear()
    this.#view.reset()
  }

  /** Reads the store, once until `close`. */
  #load(): Promise<Session> {
    this.#loading ??= this.#open().catch((cause: unknown) => {
      this.#loading = undefined
      throw failure('store-failed', cause)
    })
    return this.#loading
  }

  async #open(): Promise<Session> {
    // Two sessions never use one store side by side.
    await this.#closing
    const saved = await this.#options.store.load()
    this.#device = saved?.device ?? this.#device
    const session = new Session({
      ...this.#options,
      saved,
      device: this.#device,
      emit: this.#ports.emit,
      view: this.#view,
      onState: state => this.#onState(state),
      onItem: item => this.#onItem(item),
    })
    if (saved?.device === undefined) void session.saver.save({ device: this.#device })
    const messages = toSentMessages(session.outbox.items)
    this.#view.setMessages(new Map(messages.map(message => [message.id, message])))
    return session
  }

  /** Whoever comes from now on gets another session. */
  #end(how: (session: Session) => Promise<void> | void): Promise<void> | undefined {
    // What could not be loaded has nothing to end.
    if (this.#loading) this.#closing = this.#loading.then(how, () => undefined)
    this.#loading = undefined
    return this.#closing
  }

  async #ask(question: Question): Promise<void> {
    const session = await this.#load()
    await session.ask(question)
  }

  #keep({ outbox, uplink }: Session, id: string, frame: SavedFrame): void {
    outbox.add(id, frame, this.#options.clock.now())
    uplink.pump()
  }

  #onItem(item: SavedItem): void {
    const { id, state, code } = item
    const [message] = toSentMessages([item])
    if (message) {
      this.#view.setMessage(message)
      void this.#ports.emit('state', { id, state, code, message })
    }
    if (state === 'sent') this.#asked.resolve(id)
    else if (state !== 'queued') this.#asked.reject(id, new ClientError(code ?? state))
  }

  #onState(state: State): void {
    const status = statusOf(state)
    this.#view.set('status', status)
    if (status.kind === 'online') this.#asked.resolve('connect')
    if (status.kind === 'stopped') this.#asked.reject('connect', new ClientError(status.code))
    if (state.phase !== 'offline') return
    this.#view.stopTyping()
    this.#asked.reject('connect', new ClientError('closed'))
    this.#asked.resolve('leave')
  }
}
