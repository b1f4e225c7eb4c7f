import { StoreError, type StoreFault } from './store-error.ts'
import { memoryStore, type Store } from './store.ts'

export interface StoreEvents {
  /** Another tab has the store. */
  taken(): void
  /** The browser keeps nothing for this page; memory does until it is closed. */
  forgetful(error: Error): void
}

/** The store as the leader's client has it: says when another tab took it, and does without a disk if it must. */
export function leaderStore(disk: Store, events: StoreEvents): Store {
  let store = disk
  const guard = async (work: Promise<void>) => {
    try {
      await work
    } catch (error) {
      // At once: whoever waits for this write must not be told that it failed, but ask the next leader.
      if (isFault(error, 'taken')) events.taken()
      throw error
    }
  }
  return {
    load: async () => {
      try {
        return await store.load()
      } catch (error) {
        if (!isFault(error, 'unavailable')) throw error
        store = memoryStore()
        events.forgetful(error)
        return undefined
      }
    },
    save: change => guard(store.save(change)),
    clear: () => guard(store.clear()),
  }
}

function isFault(error: unknown, fault: StoreFault): error is StoreError {
  return error instanceof StoreError && error.fault === fault
}
