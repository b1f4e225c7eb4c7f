import type { Page } from './catch-up.ts'
import type { MessageFrame } from './delivery.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SavedItem } from './store.ts'
import type { Message, SentMessage } from './types.ts'

export function toMessage(frame: MessageFrame): Message {
  const { id, mid, from, to, content, timestamp, own = false, delayed = false, truncated = false } = frame
  return { id, mid, from, to, content, timestamp, own, delayed, truncated }
}

/** A page of the archive from the frames that answered; long texts put together. */
export function toPage(answer: readonly DownFrame[]): Page {
  const frames = answer.filter(frame => frame.messageType === 'HISTORY')
  const items: MessageFrame[] = []
  for (const item of frames.flatMap(frame => frame.items)) {
    const last = items.at(-1)
    if (last && (item.part?.[0] ?? 1) > 1) {
      items[items.length - 1] = { ...last, content: last.content + item.content }
    } else items.push(item)
  }
  return {
    items,
    complete: frames.at(-1)?.complete ?? true,
    first: frames.find(frame => frame.first)?.first,
    last: frames.findLast(frame => frame.last)?.last,
  }
}

/** The messages among what is kept, as they are shown. */
export function toSentMessages(items: readonly SavedItem[]): readonly SentMessage[] {
  return items.flatMap(({ id, frame, state, code, atMs }) => {
    if (frame.messageType !== 'NEW_MESSAGE') return []
    const { to, content } = frame
    return [{ id, to, content, timestamp: new Date(atMs).toISOString(), state, code }]
  })
}
