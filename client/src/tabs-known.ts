import { TAB_KNOWN_MESSAGES } from './limits.ts'
import type { Message } from './types.ts'

/** Which messages a tab has been told of, so that it is told of none twice: whether one is new. Without any id, it is. */
export function newcomers(): (message: Message) => boolean {
  const known = new Set<string>()
  return ({ mid, id, from, to, content }) => {
    // The sender's id alone is not unique: with its text it is as good as that.
    const key = mid ?? (id === undefined ? undefined : JSON.stringify([from, to, id, content]))
    if (key === undefined) return true
    const isNew = !known.has(key)
    known.add(key)
    const [oldest = ''] = known
    if (known.size > TAB_KNOWN_MESSAGES) known.delete(oldest)
    return isNew
  }
}
