import * as z from 'zod/mini'
import { frameId, mid } from '../ids.ts'
import { messageReceived } from './message.ts'

/** A page never holds more; a client asks on from `last`. */
const MAX_PAGE = 50

/**
 * Asks the archive (XEP-0313) for a page: forwards from `after`, else backwards from `before`, else the newest. Items come
 * oldest first either way.
 */
export const getHistory = z.object({
  messageType: z.literal('HISTORY'),
  id: frameId,
  with: z.optional(z.string()),
  after: z.optional(mid),
  before: z.optional(mid),
  max: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_PAGE))),
})

/** A page of the archive. One too long for a frame comes in parts. */
export const history = z.object({
  messageType: z.literal('HISTORY'),
  id: frameId,
  items: z.array(messageReceived),
  /** Nothing more lies in the direction that was asked for. */
  complete: z.boolean(),
  /** Archive ids of the page's first and last entry, which need not be messages; to ask on from. */
  first: z.optional(mid),
  last: z.optional(mid),
  part: z.optional(z.tuple([z.int(), z.int()])),
})

export type GetHistory = z.infer<typeof getHistory>
export type History = z.infer<typeof history>
