import type { Emitter } from './emitter.ts'
import { NOTHING_YET } from './snapshot.ts'
import type { Snapshot } from './types.ts'

/** The snapshot that is shown, and who wants to know when it is another one. */
export class Shown {
  readonly #emitter: Pick<Emitter, 'emit' | 'report'>
  readonly #listeners = new Set<() => void>()
  #snapshot = NOTHING_YET

  /** The emitter is told of another status, and what a listener threw. */
  constructor(emitter: Pick<Emitter, 'emit' | 'report'>) {
    this.#emitter = emitter
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  show(snapshot: Snapshot): void {
    const before = this.#snapshot
    if (snapshot === before) return
    this.#snapshot = snapshot
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (cause) {
        this.#emitter.report('listener-failed', cause)
      }
    }
    if (!isSame(before.status, snapshot.status)) void this.#emitter.emit('status', snapshot.status)
  }
}

/** Whether two plain objects say the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
