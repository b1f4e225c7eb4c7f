import * as z from 'zod/mini'

/** What a client may choose as the `id` of a frame: 64 characters, no control characters (it becomes a stanza id). */
export const frameId = z.string().check(z.minLength(1), z.maxLength(64), z.regex(/^[^\p{C}]+$/u))

/** API Gateway's name for one socket. */
export const connectionId = z.string().check(z.minLength(1), z.maxLength(128), z.regex(/^[\w+/=-]+$/))

/** One XMPP session held for one client; made by the worker that opens it. */
export const sessionId = z.string().check(z.regex(/^s_[\w-]{22}$/))

/** A worker process; a new one for each start, never used twice. */
export const workerId = z.string().check(z.regex(/^w-[a-z0-9]{16}$/))

/** What goes on with a session: its id, a dot, and 32 random bytes. */
export const token = z.string().check(z.regex(/^s_[\w-]{22}\.[\w-]{43}$/))

/** A number of the sequence: of a stream, an epoch, an item. */
export const count = z.int().check(z.minimum(0))

/** XEP-0359: the key of a message in the archive of the user's own server. */
export const mid = z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^[^\p{C}]+$/u))
