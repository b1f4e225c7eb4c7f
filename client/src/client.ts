import type { Resolved } from './defaults.ts'
import { Emitter } from './emitter.ts'
import { ClientError, codeOf } from './errors.ts'
import { Ids } from './ids.ts'
import { toMessage, toSentMessage, toSentMessages, type NewMessage } from './messages.ts'
import { Pending } from './pending.ts'
import type { Request } from './requests.ts'
import { Session } from './session.ts'
import { isUndecided, undecided } from './snapshot.ts'
import type { State } from './state.ts'
import { statusOf } from './status.ts'
import type { SavedFrame, SavedItem } from './store.ts'
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
import { View } from './view.ts'

type Text = { readonly to: string; readonly content: string }

/** The client, with everything from outside in its options. */
export class ChatClient implements Client {
  readonly #options: Resolved
  readonly #emitter: Emitter
  readonly #ids: Ids
  readonly #view: View
  /** From the first use of the store until `close`. */
  #session: Session | undefined
  #loading: Promise<Session> | undefined
  #closing: Promise<void> | undefined
  /** What is asked before the store is read is done then. */
  readonly #early: ((session: Session) => void)[] = []
  /** Calls of `connect` and `leave` under these names, and answers to subscription requests by the id of their frame. */
  readonly #asked = new Pending<undefined>()

  constructor(options: Resolved, emitter = new Emitter()) {
    this.#options = options
    this.#emitter = emitter
    this.#view = new View(options.clock, emitter)
    this.#ids = new Ids(options.clock, options.random)
  }

  get device(): string {
    return this.#ids.device
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#emitter.on(name, listener)
  }

  snapshot(): Snapshot {
    return this.#view.snapshot
  }

  subscribe(listener: () => void): () => void {
    return this.#view.subscribe(listener)
  }

  async connect(): Promise<void> {
    const session = await this.#load()
    if (this.#view.snapshot.status.kind === 'online') return
    const online = this.#asked.add('connect', undefined)
    session.dispatch({ kind: 'connect' })
    await online
  }

  send({ to, content }: Text): SentMessage {
    checkText(content, this.#session?.maxTextBytes)
    return this.#queue(this.#ids.next(), { messageType: 'NEW_MESSAGE', to, content })
  }

  /** See TabCore. */
  async sendAs({ id, to, content }: Text & { readonly id: string }): Promise<void> {
    const session = await this.#load()
    if (!session.outbox.has(id)) {
      checkText(content, session.maxTextBytes)
      this.#queue(id, { messageType: 'NEW_MESSAGE', to, content })
    }
    await session.saver.saved()
  }

  retry(id: string): SentMessage {
    const sent = this.send(undecided(this.#view.snapshot, id))
    this.discard(id)
    return sent
  }

  discard(id: string): void {
    undecided(this.#view.snapshot, id)
    this.#use(session => session.outbox.drop(id))
  }

  /** See TabCore. */
  async discardAs(id: string): Promise<void> {
    const { outbox, saver } = await this.#load()
    if (isUndecided(outbox.get(id)?.state)) outbox.drop(id)
    await saver.saved()
  }

  markDisplayed({ from, id }: Pick<Message, 'from' | 'id'>): void {
    if (id === undefined) return
    this.#keep(this.#ids.next(), { messageType: 'DISPLAYED', to: from, message: id })
  }

  setTyping(to: string, state: TypingChange['state']): void {
    this.#use(session => session.uplink.send({ messageType: 'TYPING', to, state }))
  }

  setPresence(show: Show, status?: string): void {
    this.#use(session => session.setPresence({ messageType: 'PRESENCE', show, status }))
  }

  async addContact(
    to: string,
    options: { readonly name?: string; readonly groups?: readonly string[] } = {},
  ): Promise<void> {
    const { name, groups } = options
    const more = { name, groups: groups && [...groups] }
    await this.#ask({ messageType: 'ADD_CONTACT', id: this.#ids.next(), to, ...more })
  }

  async removeContact(to: string): Promise<void> {
    await this.#ask({ messageType: 'UNSUBSCRIBE', id: this.#ids.next(), to })
  }

  async answerSubscription(to: string, answer: 'approve' | 'refuse'): Promise<void> {
    await this.#load()
    const id = this.#ids.next()
    this.#keep(id, { messageType: 'SUBSCRIPTION', to, answer })
    this.#view.removeRequest(to)
    await this.#asked.add(id, undefined)
  }

  async history(query: HistoryQuery = {}): Promise<HistoryPage> {
    const session = await this.#load()
    const page = await session.page(query)
    return { ...page, items: page.items.map(toMessage) }
  }

  async close(): Promise<void> {
    const loading = this.#detach()
    if (loading !== undefined) this.#closing = this.#end(loading)
    await this.#closing
  }

  /** Ends at once: nothing more is said, told or kept, because another client has the store. */
  abandon(): void {
    this.#session?.abandon()
    this.#detach()
      ?.then(session => session.abandon())
      .catch(() => undefined)
  }

  async leave(): Promise<void> {
    const session = await this.#load()
    const left = this.#asked.add('leave', undefined)
    session.dispatch({ kind: 'leave' })
    if (session.state.phase === 'offline') this.#asked.resolve('leave')
    await left
    await this.close()
    await this.#options.store.clear()
    this.#view.reset()
  }

  /** Reads the store, once, and again after `close`. */
  #load(): Promise<Session> {
    this.#loading ??= this.#open().catch((cause: unknown) => {
      this.#loading = undefined
      throw new ClientError('store-failed', undefined, { cause })
    })
    return this.#loading
  }

  async #open(): Promise<Session> {
    // Two sessions never use one store side by side.
    await this.#closing
    const saved = await this.#options.store.load()
    if (saved?.device !== undefined) this.#ids.rename(saved.device)
    const session = new Session({
      ...this.#options,
      saved,
      ids: this.#ids,
      emitter: this.#emitter,
      view: this.#view,
      onState: state => this.#onState(state),
      onItem: item => this.#onItem(item),
    })
    if (saved?.device === undefined) void session.saver.save({ device: this.#ids.device })
    this.#session = session
    this.#view.setMessages(toSentMessages(session.outbox.items))
    for (const run of this.#early.splice(0)) this.#runLate(run, session)
    return session
  }

  /** Whoever asked has gone on meanwhile. */
  #runLate(run: (session: Session) => void, session: Session): void {
    try {
      run(session)
    } catch (cause) {
      this.#emitter.report(codeOf(cause), cause)
    }
  }

  /** Whoever comes from now on gets another session. */
  #detach(): Promise<Session> | undefined {
    const loading = this.#loading
    this.#loading = this.#session = undefined
    return loading
  }

  async #end(loading: Promise<Session>): Promise<void> {
    const session = await loading.catch(() => undefined)
    if (this.#session === session) this.#session = undefined
    await session?.close()
    this.#asked.close()
  }

  /** At once, or when the store is read. */
  #use(run: (session: Session) => void): void {
    if (this.#session !== undefined) return run(this.#session)
    this.#early.push(run)
    // What goes wrong then is told to whoever waits for the connection, and the rest waits for the next try.
    this.#load().catch((error: ClientError) => void this.#emitter.emit('error', error))
  }

  async #ask(request: Request) {
    const session = await this.#load()
    return session.requests.ask(request)
  }

  #queue(id: string, frame: NewMessage): SentMessage {
    const atMs = this.#options.clock.now()
    this.#keep(id, frame, atMs)
    const kept = this.#session?.outbox.get(id) ?? { id, frame, atMs, seq: 0, state: 'queued' }
    const message = toSentMessage(kept, frame)
    // Shown at once, whether the store is read or not.
    this.#view.setMessage(message)
    return message
  }

  #keep(id: string, frame: SavedFrame, atMs = this.#options.clock.now()): void {
    this.#use(session => {
      session.outbox.add(id, frame, atMs)
      session.uplink.pump()
    })
  }

  #onItem(item: SavedItem): void {
    const { id, state, code } = item
    if (item.frame.messageType === 'NEW_MESSAGE' && item.gone !== true) {
      const message = toSentMessage(item, item.frame)
      this.#view.setMessage(message)
      void this.#emitter.emit('state', { id, state, code, message })
    } else this.#view.removeMessage(id)
    if (state === 'sent') this.#asked.resolve(id)
    else if (state !== 'queued') this.#asked.reject(id, new ClientError(code ?? state))
  }

  #onState(state: State): void {
    const status = statusOf(state)
    this.#view.setStatus(status)
    if (status.kind === 'online') this.#asked.resolve('connect')
    if (status.kind === 'stopped') this.#asked.reject('connect', new ClientError(status.code))
    if (state.phase !== 'offline') return
    this.#asked.reject('connect', new ClientError('closed'))
    this.#asked.resolve('leave')
  }
}
