/// <reference lib="dom" />
import { openDatabase, transact } from './indexeddb.ts'
import { MARKS_KEPT } from './limits.ts'
import { listen } from './listen.ts'
import { storeError } from './store-error.ts'
import type { Change, Saved, SavedItem } from './store.ts'
import type { NamedStore } from './named-store.ts'

/** The parts of `Saved` but its items, by their name. */
const PARTS = 'parts'
/** One entry for each frame of the outbox, by its id. */
const ITEMS = 'items'
/** Each client that loads gets the next number, kept at `NEWEST`, and a mark is put at the number of the one before. */
const HOLDERS = 'holders'
const NEWEST = 'newest'

/** What is asked of the three in one transaction. */
type Ask<Asked> = (parts: IDBObjectStore, items: IDBObjectStore, holders: IDBObjectStore) => Asked

/** See `indexedDbStore`. */
export class IndexedDbStore implements NamedStore {
  readonly name: string
  readonly #factory: IDBFactory
  #holder = 0
  #opened: Promise<IDBDatabase> | undefined

  constructor(name: string, factory: IDBFactory) {
    this.name = name
    this.#factory = factory
  }

  async load(): Promise<Saved | undefined> {
    const asked = await this.#transact((parts, items, holders) => {
      const newest: IDBRequest<number | undefined> = holders.get(NEWEST)
      listen([newest, 'success', () => this.#take(holders, (newest.result ?? 0) + 1)])
      const saved: IDBRequest<SavedItem[]> = items.getAll()
      return { names: parts.getAllKeys(), values: parts.getAll(), saved }
    })
    const [names, items] = [asked.names.result, asked.saved.result]
    if (names.length + items.length === 0) return undefined
    const parts = names.map((name, index) => [name, asked.values.result[index] as unknown])
    return { ...Object.fromEntries(parts), items }
  }

  save(change: Change): Promise<void> {
    return this.#write((parts, items) => {
      const { put = [], remove = [], ...rest } = change
      for (const [part, value] of Object.entries(rest)) parts.put(value, part)
      for (const item of put) items.put(item)
      for (const id of remove) items.delete(id)
    })
  }

  clear(): Promise<void> {
    return this.#write((parts, items) => {
      parts.clear()
      items.clear()
    })
  }

  #take(holders: IDBObjectStore, holder: number): void {
    this.#holder = holder
    holders.put(holder, NEWEST)
    holders.put(true, holder - 1)
    holders.delete(holder - MARKS_KEPT)
  }

  /**
   * Writes, unless another client has taken the store: then `add` finds a mark at our number, and the browser gives up the
   * transaction by itself. All is asked for at once, so that a tab that is frozen in between holds nobody up.
   */
  #write(change: Ask<void>): Promise<void> {
    return this.#transact((...stores) => {
      const [, , holders] = stores
      holders.add(true, this.#holder)
      holders.delete(this.#holder)
      change(...stores)
      holders.transaction.commit()
    })
  }

  async #transact<Asked>(ask: Ask<Asked>): Promise<Asked> {
    const database = await (this.#opened ??= this.#open())
    try {
      // Strict: a text that the page says is kept is still there after a power cut.
      const transaction = database.transaction([PARTS, ITEMS, HOLDERS], 'readwrite', { durability: 'strict' })
      const storeOf = (name: string) => transaction.objectStore(name)
      return await transact(transaction, () => ask(storeOf(PARTS), storeOf(ITEMS), storeOf(HOLDERS)))
    } catch (error) {
      throw storeError(error, this.name, 'failed')
    }
  }

  async #open(): Promise<IDBDatabase> {
    try {
      const database = await openDatabase(this.#factory, `stanzagate:${this.name}`, make)
      const forget = () => (this.#opened = undefined)
      // The next call opens another, and is told by then what has become of it.
      const giveWay = () => {
        database.close()
        forget()
      }
      listen([database, 'close', forget], [database, 'versionchange', giveWay])
      return database
    } catch (error) {
      this.#opened = undefined
      // Private modes, sandboxes and disabled site data fail here; which error they use differs between browsers.
      throw storeError(error, this.name, 'unavailable')
    }
  }
}

function make(database: IDBDatabase): void {
  database.createObjectStore(PARTS)
  database.createObjectStore(HOLDERS)
  database.createObjectStore(ITEMS, { keyPath: 'id' })
}
