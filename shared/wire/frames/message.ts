import * as z from 'zod/mini'
import { errorCodes, type ErrorCode } from '../codes.ts'
import { count, frameId } from '../ids.ts'

/** [i, n] from 1: a long text in parts, under one `id` and one `seq`. */
const part = z.tuple([z.int(), z.int()])

/** Sends a text. `from` is not read: the server sets it. */
export const newMessage = z.object({
  messageType: z.literal('NEW_MESSAGE'),
  id: z.optional(frameId),
  to: z.string(),
  content: z.string().check(z.minLength(1)),
  /** Sequenced clients: its place among the frames that become stanzas. */
  seq: z.optional(count),
  part: z.optional(part),
})

/** Says that the user has seen a message (XEP-0333). */
export const displayed = z.object({
  messageType: z.literal('DISPLAYED'),
  id: z.optional(frameId),
  to: z.string(),
  /** The `id` of the message. */
  message: z.string().check(z.minLength(1), z.maxLength(256)),
  seq: z.optional(count),
})

const typingState = z.enum(['composing', 'paused'])

/** The user is writing, or has stopped (XEP-0085). */
export const typing = z.object({
  messageType: z.literal('TYPING'),
  id: z.optional(frameId),
  to: z.string(),
  state: typingState,
})

export const typingChanged = z.object({
  messageType: z.literal('TYPING'),
  from: z.string(),
  state: typingState,
})

/** What became of a message that the user sent: XEP-0184, XEP-0333, a stanza error, or nobody knows. */
export const messageState = z.object({
  messageType: z.literal('STATE'),
  /** The `id` under which it was sent. */
  id: z.string(),
  /** Who says so. */
  from: z.optional(z.string()),
  state: z.enum(['delivered', 'displayed', 'failed', 'unsure']),
  /** Why it failed. */
  code: z.optional(z.enum(Object.keys(errorCodes) as ErrorCode[])),
  /** For people; never parsed. */
  message: z.optional(z.string()),
})

export const messageReceived = z.object({
  messageType: z.literal('NEW_MESSAGE'),
  /** The sender's stanza id, if it gave one. */
  id: z.optional(z.string()),
  from: z.string(),
  to: z.string(),
  content: z.string(),
  /** XEP-0359 stanza-id set by the user's own server: the key in its archive. */
  mid: z.optional(z.string()),
  /** ISO 8601, UTC: when it was sent if it waited (XEP-0203), else when the bridge got it. */
  timestamp: z.string(),
  /** It waited at the server before it reached the bridge. */
  delayed: z.optional(z.literal(true)),
  /** The user sent it from another device (XEP-0280). */
  own: z.optional(z.literal(true)),
  /** The text was longer than the wire allows and is cut. */
  truncated: z.optional(z.literal(true)),
  part: z.optional(part),
})

export type NewMessage = z.infer<typeof newMessage>
export type MessageReceived = z.infer<typeof messageReceived>
export type Displayed = z.infer<typeof displayed>
export type Typing = z.infer<typeof typing>
export type MessageState = z.infer<typeof messageState>
