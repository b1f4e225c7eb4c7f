export { createClient } from './create.ts'
export { ClientError } from './errors.ts'
export { indexedDbStore } from './web-store.ts'
export type { NamedStore } from './named-store.ts'
export { StoreError, type StoreFault } from './store-error.ts'
export { memoryStore } from './store.ts'
export type { ClientOptions, Network, SocketConstructor, SocketLike } from './options.ts'
export type {
  Change,
  Saved,
  SavedCursor,
  SavedFrame,
  SavedItem,
  SavedSession,
  SavedUp,
  Store,
} from './store.ts'
export type * from './types.ts'
