import * as z from 'zod/mini'
import { downFrame } from '../wire/down.ts'
import { connectionId, frameId, sessionId, workerId } from '../wire/ids.ts'
import { sessionFrame } from '../wire/up.ts'

/** Carries API Gateway's request id, so that one `traceId` finds a hand-off in the logs of both its sides. */
export const TRACE_HEADER = 'x-trace-id'

/** `POST /sessions`: log in at the XMPP server and hold the session for this socket. */
export const openRequest = z.object({
  connectionId,
  /** The prepared local name (RFC 7622). */
  username: z.string(),
  password: z.string(),
  /** Make the account (XEP-0077) when the XMPP server says not-authorized. */
  register: z.boolean(),
  /** The `id` of the JOIN, given back in JOIN_SUCCESS. */
  joinId: z.optional(frameId),
  /** The socket is still in its handshake: the gateway answers 410 to a push until `$connect` has returned. */
  handshake: z.boolean(),
})

/**
 * 200: the session is held; the worker pushes JOIN_SUCCESS itself. `replaced` is the session that the socket had until now,
 * wherever that is held: the caller tells its owner.
 */
export const openJoined = z.object({ sessionId, registered: z.boolean(), replaced: z.optional(sessionId) })

/** 401: the XMPP server refused. */
export const openRefused = z.object({ code: z.enum(['bad-credentials', 'registration-refused']) })

/** 503: this worker is full or draining, or the XMPP server could not be asked. Another worker may do better. */
export const openBusy = z.object({ code: z.enum(['busy', 'server-unavailable']) })

/** `POST /sessions/{id}/frames` */
export const framesRequest = z.object({ connectionId, frame: sessionFrame })

/** `POST /push`: a frame for a connection that has no session, or that its function answers. */
export const pushRequest = z.object({ connectionId, frame: downFrame, handshake: z.boolean() })

/** 409: another worker holds the session. */
export const notOwner = z.object({ owner: workerId })

export type OpenRequest = z.infer<typeof openRequest>
export type FramesRequest = z.infer<typeof framesRequest>
export type PushRequest = z.infer<typeof pushRequest>
export type OpenBusy = z.infer<typeof openBusy>
export type RefusalCode = z.infer<typeof openRefused>['code']
