import { isArchived, isPlace, placeOf, type LogEntry } from './log-entry.ts'

/** So much may be unacknowledged before the archive carries the rest. */
export interface Window {
  readonly items: number
  readonly bytes: number
}

/** A session without a socket has fewer bytes of the worker: 4,000 of them are a quarter of a gigabyte. */
const DETACHED_BYTES = 1 << 16
/** What nothing but memory has: so many stanzas, and four windows of bytes. */
export const MAX_KEPT = 1000
const MAX_KEPT_WINDOWS = 4

/**
 * What of the log is in memory, with the places of what has left. What `h` has passed stays as long as there is room, and then
 * leaves: first, oldest first, what the archive has; what nothing else has only when there is far too much.
 */
export class LogMemory {
  readonly #window: Window
  /** Unacknowledged, oldest first. */
  #entries: LogEntry[] = []
  #bytes = 0

  constructor(window: Window) {
    this.#window = window
  }

  /** Oldest first, with the places. */
  get entries(): readonly LogEntry[] {
    return this.#entries
  }

  /** Without the places. */
  get kept(): readonly LogEntry[] {
    return this.#entries.filter(entry => !isPlace(entry))
  }

  /** More than the window. */
  get isOverWindow(): boolean {
    return this.#isOver(this.#window.bytes)
  }

  /** More bytes than there is room for, even when nothing else has them. */
  get isOutOfBytes(): boolean {
    return this.#bytes > this.#window.bytes * MAX_KEPT_WINDOWS
  }

  add(entry: LogEntry): void {
    this.#entries.push(entry)
    this.#bytes += entry.bytes
  }

  /** What lies behind `seq`, oldest first. */
  after(seq: number): readonly LogEntry[] {
    return this.#entries.filter(entry => entry.seq > seq)
  }

  /** The client keeps all up to `seq`. */
  forgetUpTo(seq: number): void {
    this.#replace(this.after(seq))
  }

  clear(): void {
    this.#replace([])
  }

  /**
   * Lets go of what there is no room for, up to `passed`, or behind that too what the archive has while there is no socket. With
   * one the client may not have heard yet of this stream, and would take the RESET of a place for its beginning: then nothing
   * that it needs may stand before it. To one that comes back JOIN_SUCCESS tells the stream.
   */
  letGo(passed: number, attached: boolean): void {
    const { bytes } = this.#window
    const room = attached ? bytes : Math.min(bytes, DETACHED_BYTES)
    const hasPassed = ({ seq }: LogEntry) => seq <= passed
    const mayGo = (entry: LogEntry) => isArchived(entry) && (!attached || hasPassed(entry))
    while (this.#isOver(room) && this.#drop(mayGo));
    const tooMuch = () => this.kept.length > MAX_KEPT || this.isOutOfBytes
    // What became of sent messages can be missed sooner than a message.
    const isState = (entry: LogEntry) => entry.kind === 'state' && hasPassed(entry)
    while (tooMuch() && (this.#drop(isState) || this.#drop(hasPassed)));
  }

  #isOver(bytes: number): boolean {
    return this.kept.length > this.#window.items || this.#bytes > bytes
  }

  /** Drops the oldest such entry, and leaves its place; false when there is none. */
  #drop(which: (entry: LogEntry) => boolean): boolean {
    const entry = this.kept.find(which)
    if (entry === undefined) return false
    const place = placeOf(entry.seq, isArchived(entry) ? 'gone' : 'lost')
    this.#replace(withoutDoubles(this.#entries.map(each => (each === entry ? place : each))))
    return true
  }

  #replace(entries: readonly LogEntry[]): void {
    this.#entries = [...entries]
    this.#bytes = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

/** Places side by side become one: that of the last, and lost when one of them is. */
function withoutDoubles(entries: readonly LogEntry[]): readonly LogEntry[] {
  const result: LogEntry[] = []
  for (const entry of entries) {
    const before = result.at(-1)
    if (before === undefined || !isPlace(before) || !isPlace(entry)) result.push(entry)
    else {
      const isLost = before.kind === 'lost' || entry.kind === 'lost'
      result.splice(-1, 1, placeOf(entry.seq, isLost ? 'lost' : 'gone'))
    }
  }
  return result
}
