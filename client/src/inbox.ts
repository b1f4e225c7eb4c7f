import type { DownFrame } from '../../shared/wire/down.ts'
import type { Batch, LogItem } from './read.ts'

export interface Position {
  readonly stream: number
  readonly seq: number
}

/** What a stanza told, at its place in the log. */
export interface Received extends Position {
  readonly events: readonly DownFrame[]
}

type MessagePart = Extract<DownFrame, { messageType: 'NEW_MESSAGE' }>

/** Takes the log in: in order, each item once, long texts put together. No I/O; what is kept of it is delivery.ts's matter. */
export class Inbox {
  #at: Position
  /** A long text, of which some parts are here. */
  #partial: { readonly seq: number; readonly parts: Map<number, MessagePart> } | undefined

  constructor(at: Position) {
    this.#at = at
  }

  /** The last item that was received, kept or not. */
  get at(): Position {
    return this.#at
  }

  /** The log goes on behind `at`, whatever came before. */
  reset(at: Position): void {
    this.#at = at
    this.#partial = undefined
  }

  /** The new items of a batch, in order, and whether something before or between them is missing. */
  receive(batch: Batch): { readonly items: readonly Received[]; readonly missing: boolean } {
    const { stream } = this.#at
    if (batch.stream !== stream) return { items: [], missing: batch.stream > stream }
    // A batch may go on in the middle of a long text.
    if (batch.prev > Math.max(this.#at.seq, this.#partial?.seq ?? 0)) return { items: [], missing: true }
    const items: Received[] = []
    for (const item of batch.items) {
      if (item.seq <= this.#at.seq) continue
      if (this.#partial !== undefined && item.seq > this.#partial.seq) return { items, missing: true }
      const events = this.#join(item)
      if (events === undefined) continue
      this.reset({ stream, seq: item.seq })
      items.push({ stream, seq: item.seq, events })
    }
    return { items, missing: false }
  }

  /** Undefined while parts are missing. */
  #join({ seq, events }: LogItem): readonly DownFrame[] | undefined {
    const [first] = events
    if (first?.messageType !== 'NEW_MESSAGE' || first.part === undefined) return events
    const [part, of] = first.part
    this.#partial ??= { seq, parts: new Map() }
    this.#partial.parts.set(part, first)
    return this.#partial.parts.size < of ? undefined : [joinParts(this.#partial.parts)]
  }
}

function joinParts(parts: ReadonlyMap<number, MessagePart>): MessagePart {
  const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part)
  const content = inOrder.map(part => part.content).join('')
  return { ...(inOrder[0] as MessagePart), content, part: undefined }
}
