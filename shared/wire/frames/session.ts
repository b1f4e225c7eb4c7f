import * as z from 'zod/mini'
import {
  errorCodes,
  forbiddenCodes,
  leaveCodes,
  type ErrorCode,
  type ForbiddenCode,
  type LeaveCode,
} from '../codes.ts'
import { frameId, sessionId } from '../ids.ts'

function keysOf<Code extends string>(table: Record<Code, unknown>): readonly Code[] {
  return Object.keys(table) as Code[]
}

/** Signs in. `register` asks for a new account where the bridge allows that; `protocol` is for sequenced clients. */
export const join = z.object({
  messageType: z.literal('JOIN'),
  id: z.optional(frameId),
  username: z.string().check(z.minLength(1), z.maxLength(1023)),
  password: z.string().check(z.minLength(1), z.maxLength(1024)),
  register: z.optional(z.boolean()),
  protocol: z.optional(z.int()),
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
  /** The server sets the limits; no client has them built in. */
  limits: z.object({
    maxFrameBytes: z.int(),
    maxContentBytes: z.int(),
    framesPerSecond: z.number(),
    burst: z.int(),
    pingMs: z.int(),
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
export type JoinSuccess = z.infer<typeof joinSuccess>
export type Forbidden = z.infer<typeof forbidden>
export type ErrorFrame = z.infer<typeof error>
