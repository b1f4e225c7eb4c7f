import { expect } from 'vitest'
import type { DownBatch, DownItem } from '../../shared/wire/batch.ts'
import type { DownFrame } from '../../shared/wire/down.ts'

export type Message = Extract<DownFrame, { messageType: 'NEW_MESSAGE' }>

/** Stands for JOIN_SUCCESS. */
interface Welcome {
  readonly stream: number
  readonly seq: number
  readonly resumed: boolean
}

/** A client as PROTOCOL.md describes it; its fill from the archive takes no time. */
export class ModelClient {
  readonly #archive: readonly Message[]
  /** The ids of the messages that it shows, in their order. */
  readonly shown: string[] = []
  readonly ticks = new Set<string>()
  stream = 1
  last = 0
  epoch = 1
  /** Beside a RESET. */
  gaps = 0
  /** The stream in which it was told of one last. */
  gapIn = 0
  fills = 0
  /** It misses something, or was asked. */
  mustSync = false
  readonly #filled = new Set<string>()
  /** Of a long text that is not whole yet. */
  #parts = new Map<number, Message>()
  #partsOf = 0

  constructor(archive: readonly Message[]) {
    this.#archive = archive
  }

  welcomed({ stream, seq, resumed }: Welcome): void {
    this.stream = stream
    this.last = seq
    this.mustSync = false
    this.#parts.clear()
    if (!resumed) this.#fill()
  }

  receive(batch: DownBatch): void {
    if (batch.epoch < this.epoch) return
    this.epoch = batch.epoch
    if (batch.stream < this.stream) return
    const reset = batch.frames.some(frame => 'messageType' in frame && frame.messageType === 'RESET')
    const isMissing = batch.stream > this.stream ? !reset : batch.prev > this.last
    if (isMissing) this.mustSync = true
    else for (const frame of batch.frames) this.#frame(frame)
  }

  #frame(item: DownItem): void {
    if ('events' in item) return this.#item(item.seq, item.events)
    switch (item.messageType) {
      case 'RESET':
        this.last = item.stream === this.stream ? Math.max(this.last, item.seq) : item.seq
        this.stream = item.stream
        this.#parts.clear()
        return this.#fill()
      case 'SYNC':
        this.mustSync = true
        return
      case 'GAP':
        if (item.seq !== undefined) return this.#item(item.seq, [item])
        this.gaps += 1
        this.gapIn = this.stream
        return
      default:
        if (item.seq !== undefined) this.#item(item.seq, [item])
    }
  }

  #item(seq: number, events: readonly DownFrame[]): void {
    if (seq <= this.last) return
    // The rest of a long text that began before this did not arrive, and never will by itself.
    if (this.#parts.size > 0 && this.#partsOf < seq) this.mustSync = true
    if (this.mustSync) return this.#parts.clear()
    const message = events.find(event => event.messageType === 'NEW_MESSAGE')
    if (message?.part !== undefined && !this.#isWhole(seq, message, message.part)) return
    for (const event of events) {
      if (event.messageType === 'STATE') this.ticks.add(event.id)
      if (event.messageType === 'GAP') this.gapIn = this.stream
      if (event.messageType === 'NEW_MESSAGE') this.#show(this.#joined(event))
    }
    this.last = seq
  }

  #isWhole(seq: number, message: Message, [index, of]: readonly [number, number]): boolean {
    this.#partsOf = seq
    this.#parts.set(index, message)
    return this.#parts.size === of
  }

  #joined(message: Message): Message {
    if (message.part === undefined) return message
    const parts = [...this.#parts].toSorted(([a], [b]) => a - b).map(([, part]) => part)
    this.#parts.clear()
    return { ...message, content: parts.map(({ content }) => content).join('') }
  }

  #show({ id = '', content, mid, delayed }: Message): void {
    if (mid !== undefined && this.#filled.has(mid)) return
    // The server gives what was not acknowledged on a lost stream again.
    if (delayed === true && this.shown.includes(id)) return
    expect(content).toBe(contentOf(id))
    this.shown.push(id)
  }

  #fill(): void {
    this.fills += 1
    for (const { id = '', mid = '' } of this.#archive) {
      if (!this.shown.includes(id)) this.shown.push(id)
      this.#filled.add(mid)
    }
  }
}

/** Every fifth is a long text. */
export function contentOf(id: string): string {
  return Number(id.slice(1)) % 5 === 0 ? `${id} ${'é'.repeat(120)}` : id
}
