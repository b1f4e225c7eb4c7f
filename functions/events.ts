import * as z from 'zod/mini'
import { connectionId } from '../shared/wire/ids.ts'

// The published types lack `identity`, the headers of CONNECT and the fields of DISCONNECT, so these are our own, and
// hold only what is read here. Shapes: API Gateway guide, "Set up a WebSocket API integration request".

const context = {
  connectionId,
  /** Goes on as the trace id, in a header. */
  requestId: z.string().check(z.regex(/^[\w+/=.-]{1,128}$/)),
}
const identity = z.object({ sourceIp: z.string() })
const headers = z.nullish(z.record(z.string(), z.string()))
const multiValueHeaders = z.nullish(z.record(z.string(), z.array(z.string())))

export const connectEvent = z.object({
  headers,
  multiValueHeaders,
  requestContext: z.object({ ...context, identity }),
})

export const messageEvent = z.object({
  /** Missing for an empty message. */
  body: z.nullish(z.string()),
  requestContext: z.object({ ...context, identity }),
})

export const disconnectEvent = z.object({
  requestContext: z.object({ ...context, disconnectStatusCode: z.nullish(z.int()) }),
})

export type ConnectEvent = z.infer<typeof connectEvent>

/** What a function was invoked with is not an event of its route. */
export class BadEvent extends Error {
  override readonly name = 'BadEvent'
  constructor(field: string) {
    super(`The event has no valid "${field}".`)
  }
}

/** @throws BadEvent */
export function readEvent<T>(schema: z.ZodMiniType<T>, event: unknown): T {
  const read = schema.safeParse(event)
  if (read.success) return read.data
  throw new BadEvent(read.error.issues[0]?.path.join('.') ?? '')
}

/** All values of a header of the handshake, whose name may come in any case and more than once. */
export function headerValues(event: ConnectEvent, lowerName: string): readonly string[] {
  const isIt = ([name]: [string, unknown]) => name.toLowerCase() === lowerName
  const many = Object.entries(event.multiValueHeaders ?? {}).filter(isIt)
  if (many.length > 0) return many.flatMap(([, values]) => values)
  return Object.entries(event.headers ?? {})
    .filter(isIt)
    .map(([, value]) => value)
}
