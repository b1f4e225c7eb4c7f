import type { Clock } from '../../shared/clock.ts'
import { ClientError } from './errors.ts'
import { REQUEST_LIMIT_MS } from './limits.ts'

interface Entry<About, Value> extends PromiseWithResolvers<Value> {
  readonly about: About
  readonly cancel: (() => void) | undefined
}

/** What was asked for and is not done yet, by its id: who asked has a promise, who hears of it settles that. */
export class Pending<About, Value = void> {
  readonly #entries = new Map<string, Entry<About, Value>>()

  /** Oldest first. */
  get all(): readonly About[] {
    return [...this.#entries.values()].map(({ about }) => about)
  }

  get(id: string): About | undefined {
    return this.#entries.get(id)?.about
  }

  /** Rejects with a ClientError: what `reject` is given, `closed`, and with a clock `timeout` after 30 s. */
  add(id: string, about: About, clock?: Clock): Promise<Value> {
    const cancel = clock?.after(REQUEST_LIMIT_MS, () => this.reject(id, new ClientError('timeout')))
    const entry = this.#entries.get(id) ?? { about, cancel, ...Promise.withResolvers<Value>() }
    this.#entries.set(id, entry)
    return entry.promise
  }

  resolve(id: string, value: Value): void {
    this.#take(id)?.resolve(value)
  }

  reject(id: string, error: Error): void {
    this.#take(id)?.reject(error)
  }

  close(): void {
    for (const id of this.#entries.keys()) this.reject(id, new ClientError('closed'))
  }

  /** Resolves when all that are there now, and meet the condition, are settled. Never rejects. */
  async settled(condition: (about: About) => boolean): Promise<void> {
    const entries = [...this.#entries.values()].filter(({ about }) => condition(about))
    await Promise.allSettled(entries.map(({ promise }) => promise))
  }

  #take(id: string): Entry<About, Value> | undefined {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    entry?.cancel?.()
    return entry
  }
}
