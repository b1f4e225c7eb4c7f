import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { downBatch, upBatch } from '../../shared/wire/batch.ts'
import { downFrame } from '../../shared/wire/down.ts'
import { joinWithToken } from '../../shared/wire/frames/session.ts'
import { sessionFrame, upFrame } from '../../shared/wire/up.ts'
import { batchSummaries, downSummaries, joinWithTokenSummary, upSummaries } from './summaries.ts'

export type Direction = 'up' | 'down'

/** One thing that can go over a socket, by its name in the generated documents. */
export interface WireMessage {
  readonly name: string
  readonly direction: Direction
  readonly summary: string
  readonly schema: z.ZodMiniType
}

// The wire leaves the frames of a batch unread, since each is answered for itself.
const upBatchRead = z.object({ ...upBatch.shape, frames: z.array(sessionFrame) })

/** All frames and batches of the wire, up before down. */
export const wireMessages: readonly WireMessage[] = [
  ...upFrame.def.options.map(schema => frame('up', schema, upSummaries)),
  { name: 'up.JOIN_TOKEN', direction: 'up', summary: joinWithTokenSummary, schema: joinWithToken },
  { name: 'up.batch', direction: 'up', summary: batchSummaries.up, schema: upBatchRead },
  ...downFrame.def.options.map(schema => frame('down', schema, downSummaries)),
  { name: 'down.batch', direction: 'down', summary: batchSummaries.down, schema: downBatch },
]

/** The JSON Schema (2020-12) of whatever a socket may carry; each frame and batch is one of its `$defs`. */
export function wireSchema(): object {
  return schemaWith(({ name, summary }) => ({ id: name, description: summary }))
}

/** Changes with every change of a schema, and with nothing else. */
export function schemaHash(): string {
  const bare = schemaWith(({ name }) => ({ id: name }))
  return createHash('sha256').update(JSON.stringify(bare)).digest('base64url')
}

function schemaWith(about: (message: WireMessage) => { id: string; description?: string }): object {
  const names = z.registry<ReturnType<typeof about>>()
  for (const message of wireMessages) names.add(message.schema, about(message))
  const all = z.union(wireMessages.map(({ schema }) => schema))
  // As it is written: a client may add keys that the bridge does not know, and the other way round.
  return z.toJSONSchema(all, { metadata: names, io: 'input', target: 'draft-2020-12' })
}

interface FrameSchema extends z.ZodMiniType {
  readonly shape: { readonly messageType: { readonly def: { readonly values: readonly string[] } } }
}

function frame(direction: Direction, schema: FrameSchema, summaries: Record<string, string>): WireMessage {
  const type = schema.shape.messageType.def.values[0] ?? ''
  return { name: `${direction}.${type}`, direction, summary: summaries[type] ?? '', schema }
}
