import type { DownFrame } from '../../shared/wire/down.ts'

/*
 * Reads what comes in. The schemas of the wire would be four fifths of the client's size; here the fields are named once
 * more, each with its kind, and a test holds every frame of the schemas against this table.
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

/** `gateway`: its own answer when nobody behind it could take what was sent. */
export type Incoming =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'frame'; readonly frame: DownFrame }
  | { readonly kind: 'gateway' }
  | { readonly kind: 'unreadable' }

const CONTACT = 'jid name groups:[] subscription:none|to|from|both pending:b presence:{presence}'

/** string, or after a colon: n whole number · b boolean · p [i, n] · {…} a shape of below · […] a list of one · a|b one of these words; ? may be absent. */
const shapes = {
  presence: 'show status?',
  contact: CONTACT,
  request: 'from status?',
  features: 'resume:b archive:b',
  sequence: 'token stream:n epoch:n seq:n ack:n resumed:b',
  limits:
    'maxContentBytes:n pingMs:n maxBatchBytes?:n maxTextBytes?:n window?:n windowBytes?:n rollMs?:n reconnectSpreadMs?:n',
  JOIN_SUCCESS: 'jid sessionId features:{features} sequence?:{sequence} limits:{limits}',
  FORBIDDEN: 'code message retryAfterMs?:n',
  ERROR: 'id? code message retryAfterMs?:n',
  LEAVE: 'code message',
  PONG: '',
  NEW_MESSAGE: 'id? from to content mid? timestamp delayed?:b own?:b truncated?:b part?:p',
  GET_CONTACTS: 'id? contacts:[{contact}] part?:p',
  CONTACT: `${CONTACT} removed?:b`,
  ADD_CONTACT: 'id?',
  UNSUBSCRIBE: 'id?',
  SUBSCRIPTION: 'from status?',
  PRESENCE: 'from show status?',
  STATE: 'id from? state:delivered|displayed|failed|unsure code?',
  TYPING: 'from state:composing|paused',
  HISTORY: 'id items:[{NEW_MESSAGE}] complete:b first? last? part?:p',
  SNAPSHOT: 'contacts:[{contact}] requests:[{request}] part?:p',
  SYNC: 'ack?:n',
  RESET: 'stream:n seq:n',
  GAP: 'with? after? before? reason',
} satisfies Record<DownFrame['messageType'], string> & Record<string, string>

type Shape = keyof typeof shapes

/** Reads one WebSocket message. Never throws; what this version does not know is left out. */
export function read(data: unknown): Incoming {
  const value = parse(data)
  if (!isRecord(value)) return { kind: 'unreadable' }
  if (typeof value['messageType'] === 'string') {
    const frame = readFrame(value)
    return frame === undefined ? { kind: 'unreadable' } : { kind: 'frame', frame }
  }
  if (typeof value['message'] === 'string' && 'connectionId' in value) return { kind: 'gateway' }
  return readBatch(value)
}

function parse(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined
  } catch {
    return undefined
  }
}

function readBatch({ stream, epoch, prev, ack, frames }: Record<string, unknown>): Incoming {
  if (!isCount(stream) || !isCount(epoch) || !isCount(prev) || !isCount(ack) || !Array.isArray(frames)) {
    return { kind: 'unreadable' }
  }
  const items: LogItem[] = []
  const loose: DownFrame[] = []
  for (const entry of frames) {
    if (!isRecord(entry)) continue
    const seq = entry['seq']
    const events = list(entry['events'] ?? [entry]).flatMap(event => readFrame(event) ?? [])
    // An event that this version does not know still has its place.
    if (isCount(seq) && entry['messageType'] !== 'RESET') items.push({ seq, events })
    else loose.push(...events)
  }
  return { kind: 'batch', batch: { stream, epoch, prev, ack, items, loose } }
}

function readFrame(value: unknown): DownFrame | undefined {
  if (!isRecord(value)) return undefined
  const type = value['messageType']
  // Object.hasOwn: "constructor" is no shape.
  if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) return undefined
  return fits(value, type as Shape) ? (value as DownFrame) : undefined
}

function fits(value: unknown, shape: Shape): boolean {
  if (!isRecord(value)) return false
  const fields = shapes[shape].split(' ').filter(Boolean)
  return fields.every(field => {
    const [name = '', kind = ''] = field.split(':')
    const optional = name.endsWith('?')
    const inner = value[optional ? name.slice(0, -1) : name]
    return inner === undefined ? optional : is(inner, kind)
  })
}

function is(value: unknown, kind: string): boolean {
  if (kind === '') return typeof value === 'string'
  if (kind === 'n') return isCount(value)
  if (kind === 'b') return typeof value === 'boolean'
  if (kind === 'p') return Array.isArray(value) && value.length === 2 && value.every(isCount)
  if (kind.startsWith('[')) return Array.isArray(value) && value.every(one => is(one, kind.slice(1, -1)))
  if (kind.startsWith('{')) return fits(value, kind.slice(1, -1) as Shape)
  return typeof value === 'string' && kind.split('|').includes(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
