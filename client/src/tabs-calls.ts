import type { Clock } from '../../shared/clock.ts'
import { ClientError } from './errors.ts'
import type { TabCall } from './tabs-messages.ts'

/** As long as the client itself waits for an answer of the bridge. */
const TIMEOUT_MS = 30_000

/** These wait for an answer of the XMPP server; all others are kept by the client until they can be done. */
const LIMITED: ReadonlySet<TabCall['method']> = new Set(['addContact', 'removeContact', 'history'])

const KEPT: ReadonlySet<TabCall['method']> = new Set(['send', 'retry', 'discard'])

export interface PendingCall {
  /** Its name over all tabs. */
  readonly call: string
  readonly asked: TabCall
  /** When it was asked: ISO 8601, UTC. */
  readonly at: string
}

interface Entry extends PendingCall, PromiseWithResolvers<unknown> {
  readonly cancel: () => void
}

/** What this tab has asked for and nobody has done yet. It outlives the leader: the next one is asked again. */
export class Calls {
  readonly #clock: Clock
  readonly #newId: () => string
  readonly #open = new Map<string, Entry>()

  constructor(clock: Clock, newId: () => string) {
    this.#clock = clock
    this.#newId = newId
  }

  /** Oldest first. */
  get pending(): readonly PendingCall[] {
    return [...this.#open.values()]
  }

  /** Its promise rejects with ClientError: the code of the leader, `timeout`, or `closed`. */
  add(asked: TabCall): { readonly pending: PendingCall; readonly done: Promise<unknown> } {
    const call = this.#newId()
    const resolvers = Promise.withResolvers<unknown>()
    const timeout = () => this.reject(call, new ClientError('timeout'))
    const cancel = LIMITED.has(asked.method) ? this.#clock.after(TIMEOUT_MS, timeout) : () => undefined
    const at = new Date(this.#clock.now()).toISOString()
    const entry = { call, asked, at, cancel, ...resolvers }
    this.#open.set(call, entry)
    return { pending: entry, done: resolvers.promise }
  }

  resolve(call: string, value: unknown): void {
    this.#take(call)?.resolve(value)
  }

  reject(call: string, error: Error): void {
    this.#take(call)?.reject(error)
  }

  /** Resolves when the leader has kept the messages that were sent here. Never rejects. */
  async kept(): Promise<void> {
    const texts = [...this.#open.values()].filter(({ asked }) => KEPT.has(asked.method))
    await Promise.allSettled(texts.map(({ promise }) => promise))
  }

  close(): void {
    for (const call of this.#open.keys()) this.reject(call, new ClientError('closed'))
  }

  #take(call: string): Entry | undefined {
    const entry = this.#open.get(call)
    this.#open.delete(call)
    entry?.cancel()
    return entry
  }
}
