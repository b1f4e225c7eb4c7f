import { sleep, type Clock } from '../../shared/clock.ts'
import type { Change, Store } from './store.ts'

/** A full disk or a locked database may pass; until then nothing is sent or acknowledged that is not kept. */
const RETRY_MS = 5000

/** Writes to the store one change at a time; what is asked for meanwhile becomes one change of its own. */
export class Saver {
  readonly #store: Store
  readonly #clock: Clock
  readonly #onFailure: (cause: unknown) => void
  #next: Change = {}
  /** Changes that were asked for, and how many of them are kept. */
  #asked = 0
  #written = 0
  #running: Promise<void> | undefined
  readonly #stopped = new AbortController()

  constructor(store: Store, clock: Clock, onFailure: (cause: unknown) => void) {
    this.#store = store
    this.#clock = clock
    this.#onFailure = onFailure
  }

  /** Resolves when this change, and all before it, is kept. What is asked for in one go is kept as one. */
  save(change: Change): Promise<void> {
    this.#next = merge(this.#next, change)
    this.#asked += 1
    return this.saved()
  }

  /** Resolves when all that was asked for so far is kept, or was given up. */
  async saved(): Promise<void> {
    const goal = this.#asked
    while (this.#written < goal && !this.#stopped.signal.aborted) {
      this.#running ??= this.#write().finally(() => (this.#running = undefined))
      await this.#running
    }
  }

  /** Gives up what could not be written. */
  stop(): void {
    this.#stopped.abort()
  }

  async #write(): Promise<void> {
    // Lets whoever is running ask for the rest of what belongs together.
    await Promise.resolve()
    const change = this.#next
    const asked = this.#asked
    if (this.#stopped.signal.aborted) return
    this.#next = {}
    try {
      await this.#store.save(change)
      this.#written = asked
    } catch (cause) {
      this.#onFailure(cause)
      this.#next = merge(change, this.#next)
      await sleep(this.#clock, RETRY_MS, this.#stopped.signal)
    }
  }
}

/** One change that does what both do, one after the other. */
function merge(first: Change, { put = [], remove = [], ...parts }: Change): Change {
  const items = new Map([...(first.put ?? []), ...put].map(item => [item.id, item]))
  for (const id of remove) items.delete(id)
  const gone = new Set([...(first.remove ?? []), ...remove])
  for (const id of items.keys()) gone.delete(id)
  return { ...first, ...parts, put: [...items.values()], remove: [...gone] }
}
