import * as z from 'zod/mini'
import { frameId } from '../ids.ts'

/** Sends a text. `from` is not read: the server sets it. */
export const newMessage = z.object({
  messageType: z.literal('NEW_MESSAGE'),
  id: z.optional(frameId),
  to: z.string(),
  content: z.string().check(z.minLength(1)),
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
})

export type NewMessage = z.infer<typeof newMessage>
export type MessageReceived = z.infer<typeof messageReceived>
