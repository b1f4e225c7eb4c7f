import { ClientError } from './errors.ts'
import type { ClientEvents, EventName, Listener } from './types.ts'

type Listeners = { [Name in EventName]: Set<Listener<Name>> }

/** Tells listeners, one event after the other; what a listener throws becomes an `error` event and nothing else. */
export class Emitter {
  readonly #listeners: Listeners = {
    message: new Set(),
    state: new Set(),
    presence: new Set(),
    contact: new Set(),
    typing: new Set(),
    subscription: new Set(),
    gap: new Set(),
    status: new Set(),
    error: new Set(),
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners: Set<Listener<Name>> = this.#listeners[name]
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /** Resolves when every listener has returned, and what it promised is done. Never rejects. */
  async emit<Name extends EventName>(name: Name, event: ClientEvents[Name]): Promise<void> {
    const listeners: ReadonlySet<Listener<Name>> = this.#listeners[name]
    await Promise.all([...listeners].map(listener => this.#tell(name, listener, event)))
  }

  /** Something went wrong that nobody waits for. */
  report(code: string, cause: unknown): void {
    const message = cause instanceof Error ? cause.message : code
    void this.emit('error', new ClientError(code, message, { cause }))
  }

  async #tell<Name extends EventName>(name: Name, listener: Listener<Name>, event: ClientEvents[Name]) {
    try {
      await listener(event)
    } catch (cause) {
      // A listener of errors that throws has nobody left to be told.
      if (name === 'error') return
      this.report('listener-failed', cause)
    }
  }
}
