import { ClientError } from './errors.ts'
import { Pending } from './pending.ts'
import { StoreError } from './store-error.ts'
import { memoryStore, type Change, type Saved, type Store } from './store.ts'

export interface StoreEvents {
  /** Another tab has the store. */
  taken(): void
  /** The browser keeps nothing for this page; memory does until it is closed. */
  forgetful(error: StoreError): void
}

/** The store of the leader's client, as it sees it: tells which frames are kept, and does without a disk if it must. */
export class TabStore implements Store {
  #store: Store
  readonly #events: StoreEvents
  /** What was read before the client asked for it. */
  #ahead: Promise<Saved | undefined> | undefined
  /** Frames that are known to be kept; undefined until the store was read. */
  #kept: Set<string> | undefined
  readonly #awaited = new Pending<undefined>()

  constructor(store: Store, events: StoreEvents) {
    this.#store = store
    this.#events = events
  }

  /** Whether a frame of this id is kept, by whichever tab. Rejects with ClientError `store-failed`. */
  async has(id: string): Promise<boolean> {
    if (this.#kept === undefined) await (this.#ahead ??= this.#readAhead())
    return this.#kept?.has(id) === true
  }

  /**
   * Resolves when a frame of this id has been saved. Rejects with ClientError `closed` when the store is emptied before;
   * never settles when it is taken before.
   */
  kept(id: string): Promise<void> {
    return this.#kept?.has(id) === true ? Promise.resolve() : this.#awaited.add(id, undefined)
  }

  /** What was read ahead is for the first call; the client reads again after it was closed. */
  load(): Promise<Saved | undefined> {
    const ahead = this.#ahead
    this.#ahead = undefined
    return ahead ?? this.#read()
  }

  async save(change: Change): Promise<void> {
    await this.#guard(this.#store.save(change))
    this.#note((change.put ?? []).map(item => item.id))
    for (const id of change.remove ?? []) this.#kept?.delete(id)
  }

  async clear(): Promise<void> {
    await this.#guard(this.#store.clear())
    this.#kept?.clear()
    this.#awaited.close()
  }

  async #readAhead(): Promise<Saved | undefined> {
    try {
      return await this.#read()
    } catch (cause) {
      this.#ahead = undefined
      throw new ClientError('store-failed', undefined, { cause })
    }
  }

  async #read(): Promise<Saved | undefined> {
    const saved = await this.#readOrForget()
    this.#kept ??= new Set()
    this.#note((saved?.items ?? []).map(item => item.id))
    return saved
  }

  async #readOrForget(): Promise<Saved | undefined> {
    try {
      return await this.#store.load()
    } catch (error) {
      if (!(error instanceof StoreError) || error.fault !== 'unavailable') throw error
      this.#store = memoryStore()
      this.#events.forgetful(error)
      return undefined
    }
  }

  #note(ids: readonly string[]): void {
    for (const id of ids) {
      this.#kept?.add(id)
      this.#awaited.resolve(id)
    }
  }

  async #guard<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } catch (error) {
      // At once: whoever waits for this write must not be told that it failed, but ask the next leader.
      if (error instanceof StoreError && error.fault === 'taken') this.#events.taken()
      throw error
    }
  }
}
