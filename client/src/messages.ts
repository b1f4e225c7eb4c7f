import type { Page } from './catch-up.ts'
import type { MessageFrame } from './delivery.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SavedFrame, SavedItem } from './store.ts'
import type { Message, SentMessage } from './types.ts'

export type NewMessage = Extract<SavedFrame, { messageType: 'NEW_MESSAGE' }>

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
    if (last === undefined || (item.part?.[0] ?? 1) === 1) items.push(item)
    else items[items.length - 1] = { ...last, content: last.content + item.content }
  }
  return {
    items,
    complete: frames.at(-1)?.complete ?? true,
    first: frames.find(frame => frame.first !== undefined)?.first,
    last: frames.findLast(frame => frame.last !== undefined)?.last,
  }
}

/** What is kept of a message, as it is shown. */
export function toSentMessage(
  { id, state, code, atMs }: SavedItem,
  { to, content }: NewMessage,
): SentMessage {
  return { id, to, content, timestamp: new Date(atMs).toISOString(), state, code }
}

/** The messages among what is kept. */
export function toSentMessages(items: readonly SavedItem[]): readonly SentMessage[] {
  return items.flatMap(item =>
    item.frame.messageType === 'NEW_MESSAGE' ? [toSentMessage(item, item.frame)] : [],
  )
}
