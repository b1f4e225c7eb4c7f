import { sleep, type Clock } from '../../shared/clock.ts'
import { report, type Emit } from './emitter.ts'
import { SAVE_RETRY_MS } from './limits.ts'
import { itemsAfter, type Change, type Store } from './store.ts'

export interface SaverParts {
  readonly store: Store
  readonly clock: Clock
  /** Is told when a write fails. */
  readonly emit: Emit
}

/** Writes to the store one change at a time; what is asked for meanwhile becomes one change of its own. */
export class Saver {
  readonly #parts: SaverParts
  /** What no write has taken up yet. */
  #next: Change | undefined
  #last = Promise.resolve()
  readonly #stopped = new AbortController()

  constructor(parts: SaverParts) {
    this.#parts = parts
  }

  /** Resolves when this change, and all before it, is kept. What is asked for in one go is kept as one. */
  save(change: Change): Promise<void> {
    if (this.#next === undefined) this.#last = this.#last.then(() => this.#write())
    this.#next = merge(this.#next ?? {}, change)
    return this.#last
  }

  /** Resolves when all that was asked for so far is kept, or was given up. */
  saved(): Promise<void> {
    return this.#last
  }

  /** Gives up what could not be written. */
  stop(): void {
    this.#stopped.abort()
  }

  async #write(): Promise<void> {
    const { store, clock, emit } = this.#parts
    const { signal } = this.#stopped
    let change = this.#next
    while (change !== undefined && !signal.aborted) {
      this.#next = undefined
      try {
        return await store.save(change)
      } catch (cause) {
        if (!signal.aborted) report(emit, 'store-failed', cause)
        await sleep(clock, SAVE_RETRY_MS, signal)
        // With what was asked for meanwhile: it may be what makes room.
        change = merge(change, this.#next ?? {})
      }
    }
  }
}

/** One change that does what both do, one after the other. */
function merge(first: Change, second: Change): Change {
  const put = itemsAfter(first.put, second)
  const remove = new Set([...(first.remove ?? []), ...(second.remove ?? [])])
  for (const { id } of put) remove.delete(id)
  return { ...first, ...second, put, remove: [...remove] }
}
