import type { DownLog, GoOn } from './down-log.ts'
import { isPlace, type LogEntry, type LogItem } from './log-entry.ts'
import type { Window } from './log-memory.ts'

/** What of the log goes into a batch: a RESET, or items, or nothing. */
export interface LogPull {
  /** The client has all up to here, if all that went before has arrived. */
  readonly prev: number
  readonly reset: Pick<GoOn, 'seq' | 'gap'> | undefined
  readonly items: readonly LogItem[]
}

/** How far the log has gone out over one connection. No more than the window is ahead of the client's acknowledgement. */
export class LogCursor {
  readonly #log: DownLog
  readonly #window: Window
  /** Gone out whole up to here. */
  #whole = 0
  /** Of the next `seq`, so many parts have gone out. */
  #begun = { seq: 0, parts: 0 }
  /** Gone out and perhaps not acknowledged. */
  #flight: LogItem[] = []
  /** The client is in an earlier stream. */
  #resetDue = false

  constructor(log: DownLog, window: Window) {
    this.#log = log
    this.#window = window
  }

  /** The client knows, or is told by JOIN_SUCCESS, that it has all up to `whole`. */
  place(whole: number): void {
    this.#whole = whole
    this.#begun = { seq: 0, parts: 0 }
    this.#flight = []
    this.#resetDue = false
  }

  /** The client says that it keeps all up to `ack`, or (undefined) nothing of this stream. */
  rewind(ack: number | undefined): void {
    this.#log.goOnFrom(ack)
    this.place(ack ?? 0)
    this.#resetDue = ack === undefined
  }

  /** Takes what goes out next, in at most `room` bytes with a comma each; when it is `alone`, the first may be longer. */
  pull(room: number, alone: boolean): LogPull {
    this.#flight = this.#flight.filter(({ seq }) => seq > this.#log.acked)
    const prev = this.#whole
    const [next] = this.#log.after(prev)
    if (this.#resetDue) return { prev, reset: this.#resetStream(), items: [] }
    if (next === undefined || !isPlace(next))
      return { prev, reset: undefined, items: this.#take(room, alone) }
    return { prev, reset: this.#hasRoom() ? this.#pass(next) : undefined, items: [] }
  }

  #resetStream(): LogPull['reset'] {
    const { floor } = this.#log
    this.place(floor)
    return { seq: floor, gap: this.#log.gapBefore(floor) }
  }

  /** A RESET of its own for each place: who misses it finds out by `prev` of what comes next. */
  #pass(place: LogEntry): LogPull['reset'] {
    this.#whole = place.seq
    this.#begun = { seq: 0, parts: 0 }
    return { seq: place.seq, gap: this.#log.gapAt(place) }
  }

  #hasRoom(): boolean {
    const bytes = this.#flight.reduce((sum, item) => sum + item.bytes, 0)
    const stanzas = this.#flight.filter(item => !item.more).length
    return stanzas < this.#window.items && bytes < this.#window.bytes
  }

  #take(room: number, alone: boolean): readonly LogItem[] {
    const taken: LogItem[] = []
    let left = room
    for (const item of this.#ahead()) {
      const isBegun = this.#begun.parts > 0
      if ((!isBegun && !this.#hasRoom()) || (item.bytes > left && !(alone && taken.length === 0))) break
      taken.push(item)
      left -= item.bytes + 1
      this.#sent(item)
    }
    return taken
  }

  /** The items up to the next place of something that has left. */
  #ahead(): readonly LogItem[] {
    const entries = this.#log.after(this.#whole)
    const end = entries.findIndex(isPlace)
    const items = (end === -1 ? entries : entries.slice(0, end)).flatMap(entry => entry.items)
    const { seq, parts } = this.#begun
    return items[0]?.seq === seq ? items.slice(parts) : items
  }

  #sent(item: LogItem): void {
    this.#flight.push(item)
    if (!item.more) this.#whole = item.seq
    this.#begun = item.more ? { seq: item.seq, parts: this.#begun.parts + 1 } : { seq: 0, parts: 0 }
  }
}
