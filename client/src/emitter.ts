import { failure } from './errors.ts'
import type { ClientEvents, EventName } from './types.ts'

/** `change`: the snapshot is another one. */
interface Events extends ClientEvents {
  change: undefined
}

type Entry = readonly [name: string, listener: (event: never) => unknown]

/** Tells an event. Resolves when whoever listens is done with it. Never rejects. */
export type Emit = <Name extends EventName>(name: Name, event: ClientEvents[Name]) => Promise<void>

/** Tells listeners, one event after the other; what a listener throws becomes an `error` event and nothing else. */
export class Emitter {
  readonly #entries = new Set<Entry>()

  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => unknown): () => void {
    const entry: Entry = [name, listener]
    this.#entries.add(entry)
    return () => void this.#entries.delete(entry)
  }

  /** Resolves when every listener has returned, and what it promised is done. Never rejects. */
  async emit<Name extends keyof Events>(name: Name, event: Events[Name]): Promise<void> {
    const tell = async ([, listener]: Entry) => {
      try {
        await (listener as (event: Events[Name]) => unknown)(event)
      } catch (cause) {
        // A listener of errors that throws has nobody left to be told.
        if (name !== 'error') void this.emit('error', failure('listener-failed', cause))
      }
    }
    await Promise.all([...this.#entries].filter(([of]) => of === name).map(tell))
  }
}

/** Something went wrong that nobody waits for. */
export function report(emit: (name: 'error', error: Error) => unknown, code: string, cause: unknown): void {
  void emit('error', failure(code, cause))
}
