import * as z from 'zod/mini'
import { count, frameId } from '../ids.ts'

const shows = ['available', 'chat', 'away', 'xa', 'dnd', 'unavailable'] as const

/** RFC 6121 4.7.2.1 `show`, with a word for its absence and one for no resource at all. */
export const show = z.enum(shows)

/** `unknown`: the worker that knew is gone, and the contact has not changed since. */
export const shownPresence = z.enum([...shows, 'unknown'])

/** RFC 6121 4.7.2.2 sets no limit; a kilobyte keeps a presence flood small. */
const status = z.string().check(z.maxLength(1024))

export const setPresence = z.object({
  messageType: z.literal('PRESENCE'),
  id: z.optional(frameId),
  show,
  status: z.optional(status),
  /** Grows with each that the user sets: one that comes late or twice changes nothing any more. */
  order: z.optional(count),
})

/** A contact's presence over all its resources: the one with the highest priority. */
export const presenceChanged = z.object({
  messageType: z.literal('PRESENCE'),
  from: z.string(),
  show: shownPresence,
  status: z.optional(z.string()),
})

export type Show = z.infer<typeof show>
export type ShownPresence = z.infer<typeof shownPresence>
export type SetPresence = z.infer<typeof setPresence>
export type PresenceChanged = z.infer<typeof presenceChanged>
