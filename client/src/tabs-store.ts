import type { Emit } from './emitter.ts'
import { StoreError, type StoreFault } from './store-error.ts'
import type { Store } from './store.ts'

/**
 * The store as the leader's client has it: says when another tab has `taken` it, and if there is no disk does with
 * `memory`, and an `error` event.
 */
export function leaderStore(disk: Store, memory: Store, taken: () => void, emit: Emit): Store {
  let store = disk
  const guard = async (work: Promise<void>) => {
    try {
      await work
    } catch (error) {
      // At once: whoever waits for this write must not be told that it failed, but ask the next leader.
      if (isFault(error, 'taken')) taken()
      throw error
    }
  }
  return {
    load: async () => {
      try {
        return await store.load()
      } catch (error) {
        if (!isFault(error, 'unavailable')) throw error
        void emit('error', error)
        store = memory
        return store.load()
      }
    },
    save: change => guard(store.save(change)),
    clear: () => guard(store.clear()),
  }
}

function isFault(error: unknown, fault: StoreFault): error is StoreError {
  return error instanceof StoreError && error.fault === fault
}
