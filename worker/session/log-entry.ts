import type { DownFrame } from '../../shared/wire/down.ts'
import { splitText } from './parts.ts'

/** One element of a batch's `frames`: all events of a stanza, or one part of them when a text is long. */
export interface LogItem {
  readonly seq: number
  /** The JSON of it. */
  readonly text: string
  /** Of the text, in UTF-8. */
  readonly bytes: number
  /** A further part of the same `seq` comes after it. */
  readonly more: boolean
}

/**
 * message: a message that no archive is known to have · archived: all its messages are in the archive, and it holds nothing
 * else · state: only what became of sent messages · news: the rest · gone: what stood here has left memory, and the archive
 * has it · lost: not all of it.
 */
export type EntryKind = 'message' | 'archived' | 'state' | 'news' | 'gone' | 'lost'

/** What one stanza told the client; or the place of one or more that have left memory, by the last of them. */
export interface LogEntry {
  readonly seq: number
  readonly kind: EntryKind
  readonly events: readonly DownFrame[]
  readonly items: readonly LogItem[]
  readonly bytes: number
  /** Monotonic milliseconds. */
  readonly atMs: number
  /** Events of an earlier stream are among these: the XMPP server does not bring them again. */
  readonly carries: boolean
}

export type Arrival = Pick<LogEntry, 'seq' | 'events' | 'atMs' | 'carries'>

/** The entry of a stanza with at least one event, its long texts in parts of `maxContentBytes`. */
export function logEntry(arrival: Arrival, maxContentBytes: number, archive: boolean): LogEntry {
  const items = itemsOf(arrival, maxContentBytes)
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0)
  return { ...arrival, items, bytes, kind: kindOf(arrival.events, archive) }
}

/** The place of an entry that has left memory. */
export function placeOf(seq: number, kind: 'gone' | 'lost'): LogEntry {
  return { seq, kind, events: [], items: [], bytes: 0, atMs: 0, carries: false }
}

export function isPlace({ kind }: LogEntry): boolean {
  return kind === 'gone' || kind === 'lost'
}

/** Whoever reads the archive misses nothing of it. */
export function isArchived({ kind }: LogEntry): boolean {
  return kind === 'archived' || kind === 'gone'
}

function kindOf(events: readonly DownFrame[], archive: boolean): EntryKind {
  const messages = events.filter(event => event.messageType === 'NEW_MESSAGE')
  if (messages.some(({ mid }) => mid === undefined || !archive)) return 'message'
  if (messages.length === events.length) return 'archived'
  return events.every(event => event.messageType === 'STATE') ? 'state' : 'news'
}

/** Each part but the last of a text is an item of its own; the last has the other events of the stanza with it. */
function itemsOf({ seq, events }: Arrival, maxContentBytes: number): readonly LogItem[] {
  const early: DownFrame[] = []
  const last: DownFrame[] = []
  for (const event of events) {
    const parts = event.messageType === 'NEW_MESSAGE' ? splitText(event, maxContentBytes) : [event]
    early.push(...parts.slice(0, -1))
    last.push(...parts.slice(-1))
  }
  return [...early.map(event => logItem(seq, [event], true)), logItem(seq, last, false)]
}

function logItem(seq: number, events: readonly DownFrame[], more: boolean): LogItem {
  const text = JSON.stringify(events.length === 1 ? { seq, ...events[0] } : { seq, events })
  return { seq, text, bytes: Buffer.byteLength(text), more }
}
