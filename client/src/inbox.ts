import type { DownFrame } from '../../shared/wire/down.ts'
import { collect } from './pieces.ts'
import type { Batch, LogItem } from './read.ts'

export interface Position {
  readonly stream: number
  readonly seq: number
}

/** What a stanza told, at its place in the log. */
export interface Received extends Position {
  readonly events: readonly DownFrame[]
}

interface News {
  /** In order. */
  readonly items: readonly Received[]
  /** Something before or between them is not here. */
  readonly missing?: boolean
  /** The log goes on behind this place, and the archive has what lies before. */
  readonly reset?: Position
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

  /** What is new in a batch. */
  receive(batch: Batch): News {
    const { stream, seq } = this.#at
    const items: Received[] = []
    const reset = batch.loose.find(frame => frame.messageType === 'RESET')
    if (reset && reset.stream > stream) return { items, reset }
    if (batch.stream !== stream) return { items, missing: batch.stream > stream }
    // A batch may go on in the middle of a long text.
    if (batch.prev > Math.max(seq, this.#partial?.seq ?? 0)) return { items, missing: true }
    // In the same stream a cursor only ever moves forwards.
    if (reset?.stream === stream && reset.seq > seq) return { items, reset }
    for (const item of batch.items) {
      if (item.seq <= this.#at.seq) continue
      if (this.#partial !== undefined && item.seq > this.#partial.seq) return { items, missing: true }
      const events = this.#join(item)
      if (events === undefined) continue
      this.reset({ stream, seq: item.seq })
      items.push({ stream, seq: item.seq, events })
    }
    return { items }
  }

  /** Undefined while parts are missing. */
  #join({ seq, events }: LogItem): readonly DownFrame[] | undefined {
    const index = events.findIndex(event => event.messageType === 'NEW_MESSAGE' && event.part)
    const event = events[index] as MessagePart | undefined
    if (event?.part === undefined) return events
    this.#partial ??= { seq, parts: new Map() }
    const all = collect(this.#partial.parts, event)
    if (all === undefined) return undefined
    const content = all.map(part => part.content).join('')
    const whole = { ...event, ...all[0], content, part: undefined }
    // The last part may come together with other events of its stanza.
    return events.with(index, whole)
  }
}
