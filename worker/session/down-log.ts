import type { DownFrame } from '../../shared/wire/down.ts'
import type { Gap } from '../../shared/wire/frames/session.ts'
import { jsonBytes } from '../translate/text.ts'
import { isPlace, logEntry, placeOf, type EntryKind, type LogEntry } from './log-entry.ts'

export interface LogLimits {
  /** The window: so much may be unacknowledged before the archive carries the rest. */
  readonly items: number
  readonly bytes: number
  /** So long the XMPP server waits for the client to acknowledge what the archive has anyway. */
  readonly oldestMs: number
  /** Text of one item, as JSON; a longer one is split. */
  readonly maxContentBytes: number
}

/** Where the log goes on for a client. */
export interface GoOn {
  /** The client has, or is told that it misses, all up to here. */
  readonly seq: number
  /** False: what lies between the client's last message and `seq` is in the archive, if anywhere. */
  readonly resumed: boolean
  /** Not even there. */
  readonly gap: Gap['reason'] | undefined
}

/** Mobile networks take seconds to carry 64 messages; more would only wait in a buffer that dies with the socket. */
export const DOWN_WINDOW = { items: 64, bytes: 1 << 20, oldestMs: 30_000 } as const

/** A client that is away has fewer bytes of the worker: 4,000 of them are a quarter of a gigabyte. */
const AWAY_BYTES = 1 << 16
/** XMPP servers keep about 500 unacknowledged stanzas of a session and end it beyond (Prosody's smacks_max_queue_size). */
const MAX_BEHIND = 400
/** What nothing but memory has: so many stanzas, and four windows of bytes. */
const MAX_KEPT = 1000
const MAX_KEPT_WINDOWS = 4

/**
 * What the client has not acknowledged, numbered by the XEP-0198 count of its stanza, and how far the bridge may acknowledge
 * to the XMPP server. `h` may pass a stanza once (a) it tells the client nothing, (b) the client has acknowledged it, or
 * (c) the client is away, slow or overdue and nothing is lost by it: its messages are in the archive, or it has none. What
 * has passed by (c) stays here as long as the window has room, and then leaves the oldest first.
 */
export class DownLog {
  readonly #limits: LogLimits
  readonly #archive: () => boolean
  /** Unacknowledged, oldest first, with the places of messages that have left; never two of those side by side. */
  #entries: LogEntry[] = []
  #bytes = 0
  #seen = 0
  #acked = 0
  #passed = 0
  #hole = 0
  /** A message of an earlier stream is lost. */
  #lostBefore = false
  /** Events of an earlier stream that no archive has. */
  #carried: DownFrame[] = []

  /** `archive`: whether the server has one (XEP-0313), as far as is known now. */
  constructor(limits: LogLimits, archive: () => boolean) {
    this.#limits = limits
    this.#archive = archive
  }

  /** Another worker has held the stream until now: stanzas up to `h` will not come again. `hole` as it stored it. */
  adopt(h: number, hole: number): void {
    this.#seen = h
    this.#passed = h
    this.#hole = hole
    if (hole > 0) this.#entries.push(placeOf(hole, 'gone'))
  }

  /** A new stream: counts begin again at 1. What no archive has of the old one comes with the first stanzas of the new. */
  restart(): void {
    this.#lostBefore ||= this.#entries.some(
      ({ seq, kind }) => kind === 'lost' || (kind === 'message' && seq <= this.#passed),
    )
    const news = this.#entries.flatMap(entry => entry.events)
    this.#carried.push(...news.filter(event => event.messageType !== 'NEW_MESSAGE'))
    this.#carried.splice(0, this.#carried.length - MAX_KEPT)
    this.#entries = []
    this.#bytes = 0
    this.#seen = this.#acked = this.#passed = this.#hole = 0
  }

  /** A resumed stream brings again what `h` had not passed; true for what is here, or was, already. */
  isRepeat(count: number): boolean {
    return count <= this.#seen
  }

  /**
   * Every inbound stanza, in order; most have no events. `count` is undefined where the server does not count: then the
   * log does. `nowMs` is monotonic, here and below.
   */
  add(count: number | undefined, events: readonly DownFrame[], nowMs: number): void {
    const seq = count ?? this.#seen + 1
    this.#seen = Math.max(this.#seen, seq)
    if (seq <= this.#acked) return
    const all = [...this.#takeCarried(), ...events]
    if (all.length === 0) return
    const arrival = { seq, events: all, atMs: nowMs }
    const entry = logEntry(arrival, this.#limits.maxContentBytes, this.#archive())
    this.#entries.push(entry)
    this.#bytes += entry.bytes
  }

  /** The client keeps all up to `seq`. More than there was is not believed. */
  ack(seq: number): void {
    this.#acknowledge(Math.min(seq, this.#seen))
  }

  /**
   * How far `h` may go now; never less than before. Lets go of what the window has no room for. Ask after each stanza and
   * each acknowledgement, when the client goes or comes back, and while something waits (`unread`) every few seconds.
   */
  handled(attached: boolean, nowMs: number): number {
    const h = this.#reach(attached, nowMs)
    this.#passed = Math.max(this.#passed, h)
    const passed = this.#entries.findLast(({ seq, kind }) => seq <= this.#passed && isMessage(kind))
    this.#hole = Math.max(this.#hole, passed?.seq ?? 0)
    this.#letGo(attached)
    return this.#passed
  }

  /**
   * The highest message that `h` passed before the client acknowledged it; 0 for none. Stored with `h`, so that a successor
   * knows below which `ack` it cannot go on.
   */
  get hole(): number {
    return this.#hole
  }

  /** The client has acknowledged all up to here. */
  get acked(): number {
    return this.#acked
  }

  /** Something is not acknowledged. */
  get unread(): boolean {
    return this.#kept().length > 0
  }

  /** Everything at or below has left memory. */
  get floor(): number {
    const [oldest] = this.#entries
    if (oldest === undefined) return this.#seen
    return isPlace(oldest) ? oldest.seq : oldest.seq - 1
  }

  /** What lies behind `seq`, oldest first. */
  after(seq: number): readonly LogEntry[] {
    return this.#entries.filter(entry => entry.seq > seq)
  }

  /**
   * The client says that it keeps all up to `ack` of this stream, or (undefined) nothing of it. Believed, as it is its own.
   * Where it goes on: with what is here next, or behind what has left memory.
   */
  goOnFrom(ack: number | undefined): GoOn {
    if (ack === undefined || ack > this.#seen + MAX_KEPT)
      return { seq: this.floor, resumed: false, gap: this.gapBefore(this.floor) }
    // It may be ahead of a successor, to which the XMPP server has yet to send again what its predecessor had.
    this.#acknowledge(ack)
    const [next] = this.after(ack)
    return next !== undefined && isPlace(next)
      ? { seq: next.seq, resumed: false, gap: this.gapAt(next) }
      : { seq: ack, resumed: true, gap: undefined }
  }

  /** Why somebody who reads the archive may still miss messages that stood at this place. */
  gapAt({ kind }: LogEntry): GoOn['gap'] {
    if (!this.#archive()) return 'no-archive'
    return kind === 'lost' ? 'not-in-archive' : undefined
  }

  /** Why somebody who has nothing of this stream, and reads the archive, may still miss messages before `seq`. */
  gapBefore(seq: number): GoOn['gap'] {
    if (!this.#archive()) return 'no-archive'
    const lost = this.#lostBefore || this.#entries.some(entry => entry.kind === 'lost' && entry.seq <= seq)
    return lost ? 'not-in-archive' : undefined
  }

  /** As much as fits into a batch with the events of a stanza. */
  #takeCarried(): readonly DownFrame[] {
    let room = this.#limits.maxContentBytes
    const end = this.#carried.findIndex(event => (room -= jsonBytes(event)) < 0)
    return this.#carried.splice(0, end === -1 ? this.#carried.length : Math.max(1, end))
  }

  #acknowledge(seq: number): void {
    if (seq <= this.#acked) return
    this.#acked = seq
    this.#replace(this.after(seq))
  }

  /** What is still in memory. */
  #kept(): readonly LogEntry[] {
    return this.#entries.filter(entry => !isPlace(entry))
  }

  #reach(attached: boolean, nowMs: number): number {
    const patient = attached && !this.#isOver(this.#limits.bytes) && !this.#isOverdue(nowMs)
    const holding = this.#entries.find(
      entry => entry.seq > this.#passed && (patient || entry.kind === 'message'),
    )
    if (holding === undefined || this.#bytes > this.#limits.bytes * MAX_KEPT_WINDOWS) return this.#seen
    return Math.max(holding.seq - 1, this.#seen - MAX_BEHIND)
  }

  #isOver(bytes: number): boolean {
    return this.#kept().length > this.#limits.items || this.#bytes > bytes
  }

  #isOverdue(nowMs: number): boolean {
    const [oldest] = this.#kept()
    return oldest !== undefined && nowMs - oldest.atMs >= this.#limits.oldestMs
  }

  /** First what the archive has; of the rest only what memory has no room for: the oldest state, then the oldest of all. */
  #letGo(attached: boolean): void {
    const { bytes } = this.#limits
    const room = attached ? bytes : Math.min(bytes, AWAY_BYTES)
    while (this.#isOver(room) && this.#drop(({ kind }) => kind === 'archived'));
    const tooMany = () => this.#kept().length > MAX_KEPT || this.#bytes > bytes * MAX_KEPT_WINDOWS
    while (tooMany() && (this.#drop(({ kind }) => kind === 'state') || this.#drop(() => true)));
  }

  /** Drops the oldest such entry that `h` has passed, and leaves a place for a message; false when there is none. */
  #drop(which: (entry: LogEntry) => boolean): boolean {
    const entry = this.#kept().find(each => each.seq <= this.#passed && which(each))
    if (entry === undefined) return false
    const place = placeOf(entry.seq, entry.kind === 'message' ? 'lost' : 'gone')
    const left = this.#entries.map(each => (each === entry && isMessage(each.kind) ? place : each))
    this.#replace(withoutDoubles(left.filter(each => each !== entry)))
    return true
  }

  #replace(entries: readonly LogEntry[]): void {
    this.#entries = [...entries]
    this.#bytes = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

function isMessage(kind: EntryKind): boolean {
  return kind === 'message' || kind === 'archived'
}

/** Places side by side become one: that of the last, and lost when one of them is. */
function withoutDoubles(entries: readonly LogEntry[]): readonly LogEntry[] {
  const result: LogEntry[] = []
  for (const entry of entries) {
    const before = result.at(-1)
    if (before === undefined || !isPlace(before) || !isPlace(entry)) result.push(entry)
    else
      result.splice(
        -1,
        1,
        placeOf(entry.seq, before.kind === 'lost' || entry.kind === 'lost' ? 'lost' : 'gone'),
      )
  }
  return result
}
