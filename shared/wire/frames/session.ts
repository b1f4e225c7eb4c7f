import * as z from 'zod/mini'
import {
  errorCodes,
  forbiddenCodes,
  leaveCodes,
  type ErrorCode,
  type ForbiddenCode,
  type LeaveCode,
} from '../codes.ts'
import { count, frameId, mid, sessionId, token } from '../ids.ts'

function keysOf<Code extends string>(table: Record<Code, unknown>): readonly Code[] {
  return Object.keys(table) as Code[]
}

/** Signs in. `register` asks for a new account where the bridge allows that; `protocol` makes a sequenced client. */
export const join = z.object({
  messageType: z.literal('JOIN'),
  id: z.optional(frameId),
  username: z.string().check(z.minLength(1), z.maxLength(1023)),
  password: z.string().check(z.minLength(1), z.maxLength(1024)),
  register: z.optional(z.boolean()),
  protocol: z.optional(z.int()),
})

/** Where a client stands in both directions: what it has, and which of its own frames are not acknowledged yet. */
const position = {
  /** The `seq` of the last log item it keeps. */
  ack: count,
  /** Its lowest frame that is not acknowledged; one more than the last when all are. */
  from: count,
  /** Its highest frame that was ever sent: up to it a frame may have arrived without an answer. */
  sent: count,
  /** The highest `epoch` it has seen. A worker that took over since asks again: more may have been sent meanwhile. */
  epoch: z.optional(count),
}

/** Goes on with a session that is still held: no password, no login at the XMPP server. */
export const joinWithToken = z.object({
  messageType: z.literal('JOIN'),
  id: z.optional(frameId),
  protocol: z.int(),
  token,
  /** The stream that `ack` belongs to. */
  stream: count,
  ...position,
  /** The last message it keeps, by its archive id. */
  since: z.optional(mid),
})

/** "This is where I stand": the answer to a SYNC of the bridge, or asked by a client that misses a part of the log. */
export const syncUp = z.object({ messageType: z.literal('SYNC'), id: z.optional(frameId), ...position })

/** "This is where I stand, and you?". A successor of a worker that is gone does not know `ack`. */
export const syncDown = z.object({ messageType: z.literal('SYNC'), ack: z.optional(count) })

/**
 * The log goes on behind `seq` of `stream`: a new stream, or a part that only the archive still has. The client fills
 * what lies between its own last message and this from HISTORY, while live items wait.
 */
export const reset = z.object({
  messageType: z.literal('RESET'),
  stream: count,
  seq: count,
})

/** Messages may be missing here, and why. */
export const gap = z.object({
  messageType: z.literal('GAP'),
  with: z.optional(z.string()),
  after: z.optional(mid),
  before: z.optional(mid),
  reason: z.enum(['no-archive', 'not-in-archive']),
})

export const leave = z.object({ messageType: z.literal('LEAVE'), id: z.optional(frameId) })

export const ping = z.object({ messageType: z.literal('PING'), id: z.optional(frameId) })

export const joinSuccess = z.object({
  messageType: z.literal('JOIN_SUCCESS'),
  id: z.optional(frameId),
  to: z.string(),
  jid: z.string(),
  sessionId,
  /** Whether this JOIN made the account. */
  registered: z.boolean(),
  /** What the XMPP server offers. resume: XEP-0198 · archive: XEP-0313. */
  features: z.object({ resume: z.boolean(), archive: z.boolean() }),
  /** For sequenced clients. */
  sequence: z.optional(
    z.object({
      /** Goes on with this session later. Renewed now and then: the newest counts. */
      token,
      stream: count,
      epoch: count,
      /** The log goes on behind this item: the client's own `ack` when `resumed`. */
      seq: count,
      /** The XMPP server has the client's frames up to this `seq`. */
      ack: count,
      /** False: what lies between the client's last message and `seq` is in the archive, if anywhere. */
      resumed: z.boolean(),
    }),
  ),
  /** The server sets the limits; no client has them built in. */
  limits: z.object({
    maxFrameBytes: z.int(),
    maxContentBytes: z.int(),
    framesPerSecond: z.number(),
    burst: z.int(),
    pingMs: z.int(),
    /** For sequenced clients: the longest batch, and text of one message over all its parts. */
    maxBatchBytes: z.optional(z.int()),
    maxTextBytes: z.optional(z.int()),
    /** So many frames, or bytes of them, may be on their way up without an acknowledgement. */
    window: z.optional(z.int()),
    windowBytes: z.optional(z.int()),
    /** When to open the next socket, before the gateway closes this one. */
    rollMs: z.optional(z.int()),
    /** Within this time, at random, to come back after a cut that many others share. */
    reconnectSpreadMs: z.optional(z.int()),
  }),
})

export const forbidden = z.object({
  messageType: z.literal('FORBIDDEN'),
  id: z.optional(frameId),
  code: z.enum(keysOf<ForbiddenCode>(forbiddenCodes)),
  message: z.string(),
  retryAfterMs: z.optional(z.int()),
})

export const error = z.object({
  messageType: z.literal('ERROR'),
  id: z.optional(frameId),
  code: z.enum(keysOf<ErrorCode>(errorCodes)),
  /** For people; never parsed. */
  message: z.string(),
  retryAfterMs: z.optional(z.int()),
})

/** The bridge closes this socket, and why. */
export const left = z.object({
  messageType: z.literal('LEAVE'),
  id: z.optional(frameId),
  code: z.enum(keysOf<LeaveCode>(leaveCodes)),
  message: z.string(),
})

export const pong = z.object({ messageType: z.literal('PONG'), id: z.optional(frameId) })

export type Join = z.infer<typeof join>
export type JoinWithToken = z.infer<typeof joinWithToken>
export type SyncUp = z.infer<typeof syncUp>
export type SyncDown = z.infer<typeof syncDown>
export type Sequence = NonNullable<JoinSuccess['sequence']>
export type Gap = z.infer<typeof gap>
export type JoinSuccess = z.infer<typeof joinSuccess>
export type Forbidden = z.infer<typeof forbidden>
export type ErrorFrame = z.infer<typeof error>
