import { ClientError } from './errors.ts'
import type { ClientEvents, EventName, Listener } from './types.ts'

/** Tells listeners, one event after the other; what a listener throws becomes an `error` event and nothing else. */
export class Emitter {
  readonly #listeners = new Map<EventName, Set<(event: never) => unknown>>()

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /** Resolves when every listener has returned, and what it promised is done. Never rejects. */
  async emit<Name extends EventName>(name: Name, event: ClientEvents[Name]): Promise<void> {
    const tell = async (listener: Listener<Name>) => {
      try {
        await listener(event)
      } catch (cause) {
        // A listener of errors that throws has nobody left to be told.
        if (name !== 'error') this.report('listener-failed', cause)
      }
    }
    const listeners = [...(this.#listeners.get(name) ?? [])] as Listener<Name>[]
    await Promise.all(listeners.map(tell))
  }

  /** Something went wrong that nobody waits for. */
  report(code: string, cause: unknown): void {
    const message = cause instanceof Error ? cause.message : code
    void this.emit('error', new ClientError(code, message, { cause }))
  }
}
