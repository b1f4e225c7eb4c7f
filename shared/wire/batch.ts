import * as z from 'zod/mini'
import { downFrame } from './down.ts'
import { count } from './ids.ts'

/** More would not fit into one WebSocket message of API Gateway. */
const MAX_FRAMES = 512

/** One WebSocket message of a sequenced client, either way, is one batch; see PROTOCOL.md. */
export const upBatch = z.object({
  /** The stream that `ack` belongs to. */
  stream: count,
  /** The last log item that the client keeps. */
  ack: count,
  /** Each is read by itself, so that a bad one spoils no other. */
  frames: z.array(z.unknown()).check(z.maxLength(MAX_FRAMES)),
})

/** All events of one stanza, when there are more than one. */
const manyEvents = z.object({ seq: count, events: z.array(downFrame) })
/** A frame of the log has a `seq`; state frames and replies have none. */
const oneEvent = z.intersection(downFrame, z.object({ seq: z.optional(count) }))

export const downBatch = z.object({
  stream: count,
  epoch: count,
  /** The log item before the first of this batch. */
  prev: count,
  /** The XMPP server has the client's frames up to this `seq`. */
  ack: count,
  frames: z.array(z.union([manyEvents, oneEvent])),
})

export type UpBatch = z.infer<typeof upBatch>
export type DownBatch = z.infer<typeof downBatch>
export type DownItem = DownBatch['frames'][number]
