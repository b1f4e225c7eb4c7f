import type { Message } from './types.ts'

/** Far more than one leader can have told without having kept that it did. */
const KEPT = 1000

/** Which messages a tab has been told of, so that it is told of none twice. */
export class KnownMessages {
  readonly #keys = new Set<string>()

  /** Whether the message is new here; from now on it is not. One without any id is always new. */
  add(message: Message): boolean {
    const key = keyOf(message)
    if (key === undefined) return true
    if (this.#keys.has(key)) return false
    this.#keys.add(key)
    const [oldest] = this.#keys
    if (this.#keys.size > KEPT && oldest !== undefined) this.#keys.delete(oldest)
    return true
  }
}

/** The sender's id alone is not unique: with its text it is as good as that. */
function keyOf({ mid, id, from, to, content }: Message): string | undefined {
  return mid ?? (id === undefined ? undefined : JSON.stringify([from, to, id, content]))
}
