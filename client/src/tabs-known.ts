import { TAB_KNOWN_MESSAGES } from './limits.ts'
import type { Message } from './types.ts'

/** Which messages a tab has been told of, so that a repetition is not told: whether one is new. Without any id, it is. */
export function newcomers(): (message: Message) => boolean {
  const known: string[] = []
  return ({ mid, id, from, to, content }) => {
    // The sender's id alone is not unique: with its text it is as good as that.
    const key = mid ?? (id && JSON.stringify([from, to, id, content]))
    if (!key) return true
    if (known.includes(key)) return false
    if (known.push(key) > TAB_KNOWN_MESSAGES) known.shift()
    return true
  }
}
