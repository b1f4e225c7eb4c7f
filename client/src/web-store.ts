/// <reference lib="dom" />
import { IndexedDbStore } from './indexeddb-store.ts'
import type { NamedStore } from './named-store.ts'

/**
 * Keeps what a client needs over reloads in a database of its own, `stanzagate:<name>`. Loading takes the store over: from
 * then on a client that loaded it before gets StoreError `taken`, so that no two of them ever write the same session. All
 * methods reject with StoreError.
 */
export function indexedDbStore(name: string): NamedStore {
  return new IndexedDbStore(name, globalThis.indexedDB)
}
