import * as z from 'zod/mini'
import { upBatch } from '../wire/batch.ts'
import { downFrame } from '../wire/down.ts'
import { error, joinWithToken } from '../wire/frames/session.ts'
import { setPresence } from '../wire/frames/presence.ts'
import { connectionId, count, frameId, sessionId, workerId } from '../wire/ids.ts'
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
  /** The password fits the stored hash, so a session of the user that has just lost its socket may go on. */
  verified: z.boolean(),
  mode: z.enum(['simple', 'sequenced']),
})

/** `POST /sessions/{id}/socket`: a client with a token goes on with its session at this socket. */
export const attachRequest = z.object({ connectionId, join: joinWithToken })

/** 200 as below; 401: the token does not open it; 404: there is no such session; 409 and 503 as for frames. */
export const attached = z.object({ replaced: z.optional(sessionId) })

/** What tells it from the 401 of a wrong bearer token. */
export const attachRefused = z.object({ code: z.literal('token-expired') })

/**
 * 200: the session is held; the worker pushes JOIN_SUCCESS itself. `replaced` is the session that the socket had until now,
 * wherever that is held: the caller tells its owner.
 */
export const openJoined = z.object({ sessionId, registered: z.boolean(), replaced: z.optional(sessionId) })

/** 401: the XMPP server refused. */
export const openRefused = z.object({ code: z.enum(['bad-credentials', 'registration-refused']) })

/** 503: this worker is full or draining, or the XMPP server could not be asked. Another worker may do better. */
export const openBusy = z.object({ code: z.enum(['busy', 'server-unavailable']) })

/**
 * `POST /sessions/{id}/frames`. 202: taken. 404: there is no such session or it has not this socket. 409: another worker
 * holds it. 503: nobody holds it now and it will be held again soon; nothing of it was handled.
 */
export const framesRequest = z.union([
  z.object({ connectionId, frame: sessionFrame }),
  z.object({ connectionId, batch: upBatch }),
  /** What could not be read, by what is said of it: it costs the session what a frame does. */
  z.object({ connectionId, refusal: error }),
])

/** What an owner that drains knows and the row and the XMPP server do not. */
export const handover = z.object({
  /** The client's frames up to this `seq` are taken, and acknowledged up to the other. */
  up: z.object({
    last: count,
    acked: count,
    /** The `id` of each taken frame that may come again, by its `seq`. */
    ids: z.array(z.tuple([count, frameId])),
    /** Above `acked`: acknowledged out of turn. */
    settled: z.optional(z.array(count)),
    /** What a taken frame was answered with, by its `seq`: said again as long as the client may have missed it. */
    answers: z.optional(z.array(z.tuple([count, downFrame]))),
    /** Frames up to here may have been sent by an owner before that. */
    suspectTo: z.optional(count),
    /** The owner knows these numbers from nobody: it took over after a crash, and the client has not said yet where it stands. */
    unknown: z.optional(z.literal(true)),
  }),
  /** XEP-0198: our stanzas that the server has not acknowledged, as XML, and how many it has. */
  outbound: z.object({
    acked: count,
    unacked: z.array(z.string()),
    /** Which frame of the client an unacknowledged stanza came from, by its outbound number. */
    frames: z.array(z.object({ number: count, id: z.optional(frameId), seq: z.optional(count) })),
    /** Stanzas of frames that are taken and not sent yet, as XML. A suspect may have been sent by an earlier worker. */
    waiting: z.optional(
      z.array(
        z.object({
          stanza: z.string(),
          id: z.optional(frameId),
          seq: z.optional(count),
          suspect: z.boolean(),
        }),
      ),
    ),
  }),
  /** What the user last set. */
  presence: z.optional(setPresence),
  /** Presence of contacts, as stanzas: a resumed stream does not bring it again. */
  seen: z.array(z.string()),
  /** Requests to see the user's presence that are not answered. */
  requests: z.array(z.object({ from: z.string(), status: z.optional(z.string()) })),
})

/** 256 texts of a simple client that the XMPP server does not acknowledge, and the presence of all contacts. */
export const MAX_HANDOVER_BYTES = 8 << 20

/** `POST /sessions/{id}/claim`: a draining peer hands its session over. 204: held here now. 409 or 503: not. */
export const claimRequest = z.object({ owner: workerId, epoch: count, handover })

/** `DELETE /sessions/{id}?attached`: its user has too many. 204: ended. 404: not held here, or it has a socket and `attached` is missing. */
export const evictQuery = z.object({ attached: z.optional(z.string()) })

/**
 * `DELETE /sessions/{id}/sockets/{connectionId}?taken`: the socket is closed, or (`taken`) another session has it. 204: the session,
 * which is held here, is without it. 404: not held here. 503: as either, but the fence is closed, so it may be held elsewhere.
 */
export const socketGoneQuery = z.object({ taken: z.optional(z.string()) })

/** `POST /push`: a frame for a connection that has no session, or that its function answers. */
export const pushRequest = z.object({ connectionId, frame: downFrame, handshake: z.boolean() })

/** 409: another worker holds the session. */
export const notOwner = z.object({ owner: workerId })

export type OpenRequest = z.infer<typeof openRequest>
export type FramesRequest = z.infer<typeof framesRequest>
export type PushRequest = z.infer<typeof pushRequest>
export type OpenBusy = z.infer<typeof openBusy>
export type RefusalCode = z.infer<typeof openRefused>['code']
export type AttachRequest = z.infer<typeof attachRequest>
export type Attached = z.infer<typeof attached>
export type Handover = z.infer<typeof handover>
export type ClaimRequest = z.infer<typeof claimRequest>
