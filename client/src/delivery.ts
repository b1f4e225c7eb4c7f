import type { DownFrame } from '../../shared/wire/down.ts'
import type { Position, Received } from './inbox.ts'
import { SEEN_KEYS } from './limits.ts'
import type { Saver } from './saver.ts'
import type { SavedCursor } from './store.ts'
import type { Uplink } from './uplink.ts'

export type MessageFrame = Extract<DownFrame, { messageType: 'NEW_MESSAGE' }>

export interface DeliverySession {
  readonly saver: Saver
  readonly uplink: Uplink
  /** Tells the application; what is awaited here is over before the next event. Never rejects. */
  tell(event: DownFrame): Promise<void>
}

const START: SavedCursor = { stream: 0, seq: 0, since: undefined, seen: [] }

/**
 * Tells what was received, one event at a time and no message twice, and keeps how far it came: an item counts as kept
 * when its listeners are done and the cursor behind it is saved.
 */
export class Delivery {
  readonly #session: DeliverySession
  #cursor: SavedCursor
  #kept: Position
  #queue: { readonly item: Received; readonly log: number }[] = []
  /** Grows with each new log; items of an older one are told, but have no place any more. */
  #log = 0
  /** What is told, one after the other. */
  #last = Promise.resolve()
  #stopped = false

  constructor(cursor: SavedCursor | undefined, session: DeliverySession) {
    this.#cursor = cursor ?? START
    this.#kept = this.#cursor
    this.#session = session
  }

  get cursor(): SavedCursor {
    return this.#cursor
  }

  /** The last item that may be acknowledged. */
  get kept(): Position {
    return this.#kept
  }

  /** Live items wait behind the archive while the cursor is behind. */
  push(items: readonly Received[]): void {
    this.#queue.push(...items.map(item => ({ item, log: this.#log })))
    void this.#run(() => this.#drain())
  }

  /** The log goes on at another place, and the archive has what lies before it. */
  restart({ stream, seq }: Position): void {
    this.#log += 1
    void this.#keep({ ...this.#cursor, stream, seq, behind: true })
  }

  /** Tells a page of the archive. `since` is the archive id up to which the past is told then. */
  past(messages: readonly MessageFrame[], since: string | null | undefined): Promise<void> {
    return this.#run(() => this.#tellPage(messages, since))
  }

  /** The past is told; live items go on. */
  release(): void {
    void this.#keep({ ...this.#cursor, behind: undefined })
    void this.#run(() => this.#drain())
  }

  /** Whether a message with this key was told lately. */
  knows(key: string | undefined): boolean {
    return this.#cursor.seen.includes(key ?? '')
  }

  /** Whether the message with this archive id waits, and all that came after it comes live as well. */
  holds(mid: string | undefined): boolean {
    return this.#queue.some(
      ({ item, log }) =>
        log === this.#log && item.events.some(event => 'mid' in event && event.mid === mid && !event.delayed),
    )
  }

  /** Resolves when the running event is over; no other follows. */
  stop(): Promise<void> {
    this.#stopped = true
    return this.#last
  }

  #run(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work, work)
    return this.#last
  }

  async #drain(): Promise<void> {
    while (!this.#cursor.behind && !this.#stopped) {
      const next = this.#queue.shift()
      if (next === undefined) return
      for (const event of next.item.events) {
        // An item that is told in part counts as not told.
        if (this.#stopped) return
        await this.#tell(event)
      }
      const { stream, seq } = next.log === this.#log ? next.item : this.#cursor
      void this.#keep({ ...this.#cursor, stream, seq }, true)
    }
  }

  async #tellPage(messages: readonly MessageFrame[], since: string | null | undefined): Promise<void> {
    for (const message of messages) {
      if (this.#stopped) return
      await this.#tell(message)
      void this.#keep(this.#cursor)
    }
    void this.#keep({ ...this.#cursor, since })
  }

  async #tell(event: DownFrame): Promise<void> {
    if (event.messageType !== 'NEW_MESSAGE') return this.#session.tell(event)
    const { mid, from, id } = event
    // Archive ids are the keys. Where one is missing the sender's id stands in, which alone would not be unique.
    const byId = id && `${from} ${id}`
    if (this.knows(mid) || this.knows(byId)) return
    await this.#session.tell(event)
    const { seen, since } = this.#cursor
    const key = mid ?? byId
    this.#cursor = {
      ...this.#cursor,
      seen: key ? [...seen, key].slice(-SEEN_KEYS) : seen,
      // Behind a gap, the archive's own pages say how far it is told.
      since: this.#cursor.behind ? since : (mid ?? since),
    }
  }

  async #keep(cursor: SavedCursor, isItem = false): Promise<void> {
    this.#cursor = cursor
    const log = this.#log
    await this.#session.saver.save({ cursor })
    if (log !== this.#log) return
    this.#kept = cursor
    if (isItem) this.#session.uplink.kept()
  }
}
