import * as z from 'zod/mini'

/** What every line of a history says. */
const base = {
  /** Milliseconds of the machine's monotonic clock, which all its processes share. */
  at: z.number(),
  /** Milliseconds since 1970, for people. */
  wall: z.int(),
  /** The user whose client this is. Each has one. */
  client: z.string(),
}

/**
 * A text that is sent names its sender, its recipient and its number among all that the one has sent to the other: so it is
 * known wherever it is seen, whatever ids it has got on the way.
 */
const key = z.string()

/** One line of a history: what one client did, was told, or showed. Times are of the client's own process. */
export const entry = z.discriminatedUnion('kind', [
  /** A new client on this store; the one before it is gone. `unsaved`: what it had not kept yet when it was killed. */
  z.object({
    ...base,
    kind: z.literal('life'),
    how: z.enum(['first', 'close', 'crash']),
    unsaved: z.array(key),
  }),
  /** `send` returned. `session` is the one that the client had then. */
  z.object({ ...base, kind: z.literal('send'), key, to: z.string(), session: z.optional(z.string()) }),
  /** The client was told what became of it. */
  z.object({ ...base, kind: z.literal('state'), key, state: z.string() }),
  /** The client showed it. `damaged`: not as it was sent, or under another sender's name. */
  z.object({ ...base, kind: z.literal('display'), key, damaged: z.optional(z.boolean()) }),
  /** The client was told that messages may be missing. */
  z.object({ ...base, kind: z.literal('gap'), with: z.optional(z.string()), reason: z.string() }),
  z.object({ ...base, kind: z.literal('status'), status: z.string(), code: z.optional(z.string()) }),
  /** The client dials, whether it gets through or not. */
  z.object({ ...base, kind: z.literal('opening'), socket: z.int() }),
  /** `byUs`: the client closed it. */
  z.object({ ...base, kind: z.literal('opened'), socket: z.int() }),
  z.object({ ...base, kind: z.literal('closed'), socket: z.int(), code: z.int(), byUs: z.boolean() }),
  /** A JOIN_SUCCESS came in. */
  z.object({
    ...base,
    kind: z.literal('joined'),
    socket: z.int(),
    session: z.string(),
    epoch: z.int(),
    stream: z.int(),
    resumed: z.boolean(),
  }),
  /** A batch came in that holds these messages, whether the client takes it or not. */
  z.object({
    ...base,
    kind: z.literal('batch'),
    socket: z.int(),
    epoch: z.int(),
    stream: z.int(),
    keys: z.array(key),
  }),
  /** The user set this. */
  z.object({ ...base, kind: z.literal('presence-set'), status: z.string() }),
  /** The client showed this of a contact; `last` is what it shows at the end. */
  z.object({
    ...base,
    kind: z.literal('presence-shown'),
    of: z.string(),
    show: z.string(),
    status: z.optional(z.string()),
    last: z.boolean(),
  }),
  z.object({ ...base, kind: z.literal('trouble'), what: z.string() }),
  /** WebSocket messages over all sockets since the talk began, and messages that were none of the talk. */
  z.object({ ...base, kind: z.literal('traffic'), up: z.int(), down: z.int(), outside: z.int() }),
])

export type Entry = z.infer<typeof entry>
export type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { kind: Kind }>

type Bare<E> = E extends unknown ? Omit<E, 'at' | 'wall' | 'client'> : never
/** What is written of one client; who and when is added. */
export type Note = Bare<Entry>

/** Whether an entry is of this kind; for filters. */
export function isOf<Kind extends Entry['kind']>(kind: Kind) {
  return (line: Entry): line is EntryOf<Kind> => line.kind === kind
}
