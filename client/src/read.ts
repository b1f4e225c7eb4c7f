import type { DownFrame } from '../../shared/wire/down.ts'

/*
 * Reads what comes in. The schemas of the wire would be four fifths of the client's size; here the fields are named once
 * more, each with its kind, and a test holds every frame of the schemas against this table; but GET_CONTACTS, which the
 * client never asks for.
 */

export interface LogItem {
  readonly seq: number
  readonly events: readonly DownFrame[]
}

export interface Batch {
  readonly stream: number
  readonly epoch: number
  readonly prev: number
  readonly ack: number
  readonly items: readonly LogItem[]
  /** State frames and replies, which have no place in the log. */
  readonly loose: readonly DownFrame[]
}

/** What the gateway says by itself, when nobody behind it could take what was sent, asks for what `try-again` asks for. */
const TRY_AGAIN: DownFrame = { messageType: 'ERROR', code: 'try-again', message: 'try-again' }

/**
 * Each field is a string, or after a colon: n whole number · b boolean · {…} what has the fields of a frame, or of one of
 * `parts` · […] a list of one; ? may be absent. Which words a string may be is the bridge's matter.
 */
const frames: Readonly<Record<Exclude<DownFrame['messageType'], 'GET_CONTACTS'>, string>> = {
  JOIN_SUCCESS: 'jid sessionId features:{features} sequence?:{sequence} limits:{limits}',
  FORBIDDEN: 'code retryAfterMs?:n',
  ERROR: 'id? code message retryAfterMs?:n',
  LEAVE: 'code',
  PONG: '',
  NEW_MESSAGE: 'id? from to content mid? timestamp delayed?:b own?:b truncated?:b part?:[n]',
  CONTACT: 'jid name groups:[] subscription pending:b presence:{presence} removed?:b',
  ADD_CONTACT: 'id?',
  UNSUBSCRIBE: 'id?',
  SUBSCRIPTION: 'from status?',
  PRESENCE: 'from show status?',
  STATE: 'id from? state code?',
  TYPING: 'from state',
  HISTORY: 'id items:[{NEW_MESSAGE}] complete:b first? last? part?:[n]',
  SNAPSHOT: 'contacts:[{CONTACT}] requests:[{SUBSCRIPTION}] part?:[n]',
  SYNC: 'ack?:n',
  RESET: 'stream:n seq:n',
  GAP: 'with? after? before? reason',
}

const parts: Readonly<Record<string, string>> = {
  ...frames,
  presence: 'show status?',
  features: 'resume:b archive:b',
  sequence: 'token stream:n epoch:n seq:n ack:n resumed:b',
  limits:
    'maxContentBytes:n pingMs:n maxBatchBytes?:n maxTextBytes?:n window?:n windowBytes?:n rollMs?:n reconnectSpreadMs?:n',
}

/** Reads one WebSocket message. Never throws; undefined when it is none, and what this version does not know is left out. */
export function read(data: unknown): DownFrame | Batch | undefined {
  const value = parse(data)
  if (fits(value, 'message connectionId')) return TRY_AGAIN
  return fits(value, 'stream:n epoch:n prev:n ack:n') ? readBatch(value) : readFrame(value)
}

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}

function readBatch(batch: Record<string, unknown>): Batch | undefined {
  if (!Array.isArray(batch['frames'])) return undefined
  const items: LogItem[] = []
  const loose: DownFrame[] = []
  for (const entry of batch['frames'] as readonly unknown[]) {
    if (!isObject(entry)) continue
    const { seq, messageType, events = [entry] } = entry
    const known = Array.isArray(events) ? events.flatMap(event => readFrame(event) ?? []) : []
    // An event that this version does not know still has its place.
    if (isCount(seq) && messageType !== 'RESET') items.push({ seq, events: known })
    else loose.push(...known)
  }
  return { ...(batch as unknown as Batch), items, loose }
}

function readFrame(value: unknown): DownFrame | undefined {
  if (!isObject(value)) return undefined
  const type = value['messageType']
  // Object.hasOwn: "constructor" is no frame.
  if (typeof type !== 'string' || !Object.hasOwn(frames, type)) return undefined
  return fits(value, frames[type as keyof typeof frames]) ? (value as DownFrame) : undefined
}

function fits(value: unknown, fields: string): value is Record<string, unknown> {
  if (!isObject(value)) return false
  return [...fields.matchAll(/(\w+)(\??):?(\S*)/g)].every(([, name = '', optional, kind = '']) => {
    const inner = value[name]
    return inner === undefined ? optional === '?' : is(inner, kind)
  })
}

function is(value: unknown, kind: string): boolean {
  const inside = kind.slice(1, -1)
  if (kind === 'n') return isCount(value)
  if (kind === 'b') return typeof value === 'boolean'
  if (kind.startsWith('[')) return Array.isArray(value) && value.every(one => is(one, inside))
  if (kind.startsWith('{')) return fits(value, parts[inside] ?? '')
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
