import { leaveCodes, type LeaveCode } from '../../shared/wire/codes.ts'

/*
 * The life of a session, decided without I/O; session.ts does what the steps say. It begins with a password (opening), or with
 * the row of an earlier worker (dialling).
 *
 *   opening ─opened─▶ greeting ─introduced─▶ online ◀──opened── dialling ◀── adopted
 *      │                  │                     │ stream-over     ▲  │ failed
 *      │ failed           │ stream-over         └─────▶ waiting ──┘◀─┘
 *      └────────▶ ended ◀─┴── leave, expired, evicted, too-slow, refused, lost: from anywhere
 */

export type SessionState =
  /** The first login; nothing is promised to anybody yet. */
  | { readonly phase: 'opening' }
  /** Logged in; the server is told what a new resource tells it, and the client waits for JOIN_SUCCESS. */
  | { readonly phase: 'greeting'; readonly registered: boolean }
  | { readonly phase: 'online' }
  /** The stream is lost and the next try has a time. */
  | ({ readonly phase: 'waiting'; readonly retryAtMs: number } & Outage)
  | ({ readonly phase: 'dialling' } & Outage)
  | { readonly phase: 'ended'; readonly why: Ending }

/** The session has no stream. */
export interface Outage {
  /** On the monotonic clock. */
  readonly sinceMs: number
  readonly attempt: number
  /** The stream was another process's, so what it knew is not known here. */
  readonly adopted: boolean
}

/**
 * `not-opened`: the first login failed and its caller was told; nobody else is. `expired`: it had no socket for too long.
 * `evicted`: its user signed in on too many other devices. `lost`: another worker holds it, so nothing of it may be touched.
 */
export type Ending = LeaveCode | 'expired' | 'evicted' | 'not-opened' | 'lost'

export type SessionEvent =
  | {
      readonly kind: 'opened'
      readonly resumed: boolean
      /** The login made the account. */
      readonly registered: boolean
      /** The server's count of our stanzas when it refused the resume (XEP-0198 5). */
      readonly failedH: number | undefined
    }
  /** The server has taken in what we said: messages reach this session from now on. */
  | { readonly kind: 'introduced' }
  /** The XMPP server does not accept the credentials (any more). */
  | { readonly kind: 'refused' }
  /** A login did not come to an end. */
  | { readonly kind: 'failed' }
  /** `final`: the server named a reason after which the same session must not come back. */
  | { readonly kind: 'stream-over'; readonly final: LeaveCode | undefined }
  | { readonly kind: 'retry-due' }
  /** The client asks to leave; `id` is that of its frame. */
  | { readonly kind: 'leave'; readonly id: string | undefined }
  /** It had no socket for too long. */
  | { readonly kind: 'expired' }
  /** The user has too many. */
  | { readonly kind: 'evicted' }
  | { readonly kind: 'too-slow' }
  /** Another worker holds it. */
  | { readonly kind: 'lost' }

export type Action =
  /** Introduce ourselves to the server: roster, carbons, presence. */
  | { readonly kind: 'introduce' }
  /** The stream goes on, but another process began it: what that knew of the server has to be learnt again. */
  | { readonly kind: 'relearn' }
  /** The stream is a new one: what was known of presence is void, what was not acknowledged is unsure. */
  | { readonly kind: 'start-over'; readonly failedH: number | undefined }
  /** JOIN_SUCCESS, and what has waited behind it. */
  | { readonly kind: 'welcome'; readonly registered: boolean }
  | { readonly kind: 'dial' }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Tell the client why (unless it is gone) and under which `id`, close the stream, delete the rows. */
  | { readonly kind: 'end'; readonly why: Exclude<Ending, 'lost'>; readonly id?: string | undefined }
  /** Drop TCP, say nothing, touch no row. */
  | { readonly kind: 'forget' }

export interface Step {
  readonly state: SessionState
  readonly actions: readonly Action[]
}

export interface Circumstances {
  readonly nowMs: number
  /** 0 to 1. */
  readonly random: number
  readonly reconnectForMs: number
}

/** A session that another process has held until now. */
export function adopted(nowMs: number): SessionState {
  return { phase: 'dialling', sinceMs: nowMs, attempt: 0, adopted: true }
}

/** An ending that the client is told of. */
export function isLeaveCode(why: Ending): why is LeaveCode {
  return why in leaveCodes
}

/** An ending that comes after that of the stream: what was still on its way to the server may or may not be there. */
export function losesStream(why: Ending): boolean {
  return why === 'replaced' || why === 'signed-out' || why === 'server-gone'
}

/** No frame is worth sending again sooner: a retry of the login is at most so far away at first. */
export const FIRST_RETRY_MS = 1000

/** When a frame that cannot be handled now is worth sending again. */
export function retryAfterMs(state: SessionState, nowMs: number): number {
  const untilRetryMs = state.phase === 'waiting' ? Math.ceil(state.retryAtMs - nowMs) : 0
  return Math.max(FIRST_RETRY_MS, untilRetryMs)
}

/** Held by this process, but never online in it: what its client and its server know of each other is not known yet. */
export function isStrange(state: SessionState): boolean {
  return (state.phase === 'waiting' || state.phase === 'dialling') && state.adopted
}

/** Whether there is a stream to send on. */
export function isUp(state: SessionState): boolean {
  return state.phase === 'greeting' || state.phase === 'online'
}

/**
 * RFC 6120 4.9.3: the conditions after which coming back with the same session is wrong. `conflict` is none of them: nobody
 * guesses the resource, so it was taken by a worker of ours whose login came too late, and which will find that out.
 */
export function finalCode(condition: string): LeaveCode | undefined {
  switch (condition) {
    case 'not-authorized':
      return 'signed-out'
    case 'host-gone':
    case 'host-unknown':
      return 'server-gone'
    default:
      return undefined
  }
}
