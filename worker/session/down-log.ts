import type { DownFrame } from '../../shared/wire/down.ts'
import type { Gap } from '../../shared/wire/frames/session.ts'
import { CarryOver } from './carry-over.ts'
import { isArchived, isPlace, logEntry, placeOf, type LogEntry } from './log-entry.ts'
import { LogMemory, MAX_KEPT, type Window } from './log-memory.ts'

export interface LogLimits extends Window {
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

/** What a successor cannot bring to a client that has not acknowledged so much. Stored with `h`; 0 for nothing. */
export interface Missing {
  /** The highest stanza of the log that `h` passed before the client acknowledged it. */
  readonly hole: number
  /** The highest of which no archive has all: `h` passed it, or it carries, or will, what an earlier stream left. */
  readonly lost: number
}

/** Mobile networks take seconds to carry 64 messages; more would only wait in a buffer that dies with the socket. */
export const DOWN_WINDOW = { items: 64, bytes: 1 << 20, oldestMs: 30_000 } as const

/**
 * XMPP servers keep about 500 unacknowledged stanzas of a session and end it beyond (Prosody's smacks_max_queue_size). They
 * hear of `h` up to 64 stanzas late (PERSISTENCE).
 */
const MAX_BEHIND = 400

/**
 * What the client has not acknowledged, numbered by the XEP-0198 count of its stanza, and how far the bridge may acknowledge
 * to the XMPP server. `h` may pass a stanza once (a) it tells the client nothing, (b) the client has acknowledged it, (c) there
 * is no socket, or the client is slow or overdue, and the archive has all that it tells, or (d) the XMPP server would have to
 * keep too much. So what no archive has (a receipt, an error, a request) a successor hears again, unless it passed by (d): then
 * the client is told that something is missing. What has passed stays here as long as there is room.
 */
export class DownLog {
  readonly #limits: LogLimits
  readonly #archive: () => boolean
  readonly #memory: LogMemory
  readonly #carried = new CarryOver()
  #seen = 0
  #acked = 0
  #passed = 0
  #hole = 0
  #lost = 0

  /** `archive`: whether the server has one (XEP-0313), as far as is known now. */
  constructor(limits: LogLimits, archive: () => boolean) {
    this.#limits = limits
    this.#archive = archive
    this.#memory = new LogMemory(limits)
  }

  /** Another worker has held the stream until now: stanzas up to `h` will not come again. The rest as it stored it. */
  adopt(h: number, { hole, lost }: Missing): void {
    this.#seen = h
    this.#passed = h
    this.#hole = hole
    this.#lost = lost
    // What lies behind `h` comes again, with a GAP for what does not.
    const passed = lost > h ? 0 : lost
    if (passed > 0) this.#memory.add(placeOf(passed, 'lost'))
    if (hole > passed) this.#memory.add(placeOf(hole, 'gone'))
  }

  /**
   * A new stream: counts begin again at 1. What no archive has of the old one comes with the first stanzas of the new that tell
   * nothing themselves, such as answers. Beside the last part of a long text a client would miss it, when a part before is lost.
   * Before it comes a GAP: what the XMPP server had yet to send on the old stream, or got while there was none, is gone, and but
   * for the messages it is in no archive. It is numbered, so that it is told until the client has it. True when there is one.
   * Without an archive whoever comes from an old stream is told so with the RESET.
   */
  restart(): boolean {
    this.#carried.add(this.#memory.entries)
    const tells = this.#archive()
    if (tells) this.#carried.announce(this.#gap())
    this.#memory.clear()
    this.#seen = this.#acked = this.#passed = this.#hole = this.#lost = 0
    return tells
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
    if (seq === this.#lost) this.#carried.put(this.#gap())
    const { maxContentBytes } = this.#limits
    const carries = events.length === 0
    const told = carries ? this.#carried.take(maxContentBytes) : events
    if (told.length === 0) return
    const arrival = { seq, events: told, atMs: nowMs, carries }
    this.#memory.add(logEntry(arrival, maxContentBytes, this.#archive()))
  }

  /** The client keeps all up to `seq`. More than there was is not believed. */
  ack(seq: number): void {
    this.#acknowledge(Math.min(seq, this.#seen))
  }

  /**
   * How far `h` may go now; never less than before. Lets go of what the window has no room for. Ask after each stanza and
   * each acknowledgement, when there is a socket or none any more, and while something waits (`unread`) every few seconds.
   */
  handled(attached: boolean, nowMs: number): number {
    const h = this.#reach(attached, nowMs)
    this.#passed = Math.max(this.#passed, h)
    const passed = this.#memory.entries.filter(({ seq }) => seq <= this.#passed)
    this.#hole = Math.max(this.#hole, passed.at(-1)?.seq ?? 0)
    this.#lost = Math.max(this.#lost, passed.findLast(entry => !isArchived(entry))?.seq ?? 0)
    this.#memory.letGo(this.#passed, attached)
    return this.#passed
  }

  get missing(): Missing {
    const { waiting } = this.#carried
    const carrying = this.#memory.entries.findLast(({ carries }) => carries)?.seq ?? 0
    return { hole: this.#hole, lost: Math.max(this.#lost, waiting > 0 ? this.#seen + waiting : carrying) }
  }

  /** The client has acknowledged all up to here. */
  get acked(): number {
    return this.#acked
  }

  /** Something is not acknowledged. */
  get unread(): boolean {
    return this.#memory.kept.length > 0
  }

  /** Everything at or below has left memory. */
  get floor(): number {
    const [oldest] = this.#memory.entries
    if (oldest === undefined) return this.#seen
    return isPlace(oldest) ? oldest.seq : oldest.seq - 1
  }

  /** What lies behind `seq`, oldest first. */
  after(seq: number): readonly LogEntry[] {
    return this.#memory.after(seq)
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
    const isLost = (entry: LogEntry) => entry.kind === 'lost' && entry.seq <= seq
    return this.#memory.entries.some(isLost) ? 'not-in-archive' : undefined
  }

  #acknowledge(seq: number): void {
    if (seq <= this.#acked) return
    this.#acked = seq
    this.#memory.forgetUpTo(seq)
  }

  /** Stands in for what only an earlier worker had. */
  #gap(): Gap {
    return { messageType: 'GAP', reason: this.#archive() ? 'not-in-archive' : 'no-archive' }
  }

  #reach(attached: boolean, nowMs: number): number {
    const patient = attached && !this.#memory.isOverWindow && !this.#isOverdue(nowMs)
    const holding = this.#memory.kept.find(
      entry => entry.seq > this.#passed && (patient || !isArchived(entry)),
    )
    if (holding === undefined || this.#memory.isOutOfBytes) return this.#seen
    return Math.max(holding.seq - 1, this.#seen - MAX_BEHIND)
  }

  #isOverdue(nowMs: number): boolean {
    const [oldest] = this.#memory.kept
    return oldest !== undefined && nowMs - oldest.atMs >= this.#limits.oldestMs
  }
}
