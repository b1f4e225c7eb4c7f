import type { AttachRequest, FramesRequest, Handover, OpenRequest } from '../shared/handoff/schemas.ts'
import type { SessionRow, Tenure } from '../shared/stores/sessions.ts'
import type { FirstLogin } from './session/welcome.ts'

export type Opened =
  | Exclude<FirstLogin, { kind: 'joined' }>
  | { readonly kind: 'busy' }
  /** The user's session that lost its socket lately is held by this worker: ask there. */
  | { readonly kind: 'elsewhere'; readonly owner: string }
  | (Extract<FirstLogin, { kind: 'joined' }> & { readonly sessionId: string })

export type AttachOutcome =
  /** `replaced`: the session that the socket belonged to until then. */
  | { readonly kind: 'attached'; readonly replaced: string | undefined }
  /** The token does not open it. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'not-here' }
  /** It changes hands just now, or the rows cannot be written. */
  | { readonly kind: 'later' }

/** What the hand-off API asks of the sessions. None of them throws. */
export interface SessionsApi {
  /** Logs a user in at the XMPP server and holds the session, or finds the one again that has just lost its socket. */
  open(request: OpenRequest): Promise<Opened>
  /** A client with a token goes on with its session at this socket. */
  attach(sessionId: string, request: AttachRequest): Promise<AttachOutcome>
  /** False when the session, or that socket of it, is not held here. 'later': nothing was handled, and soon it will be. */
  receive(sessionId: string, request: FramesRequest): boolean | 'later'
  /**
   * The socket is closed, or another session has it now (`taken`). False when the session is not held here; a late or repeated
   * report harms nobody.
   */
  socketGone(sessionId: string, connectionId: string, taken?: boolean): boolean
  /**
   * Ends the session: the user has too many. Resolves when nothing of it is left; false when it is not held here, or has a
   * socket and may not be ended with that (`attached`).
   */
  evict(sessionId: string, attached: boolean): Promise<boolean>
}

/** For callers that would rather wait than be told 'later'. */
export interface Patience {
  /** Resolves when the session is worth asking again, at the latest after 1.5 s. */
  settled(sessionId: string): Promise<void>
}

/** What taking over, keeping and handing over of sessions asks of them. */
export interface Tenures {
  /** How many are held. */
  readonly count: number
  ids(): readonly string[]
  /** Undefined when it is not held here, or not yet. */
  tenure(sessionId: string): Tenure | undefined
  /**
   * The row is claimed by this worker already. Resumes the XMPP stream (or binds anew) and goes on. Resolves when it is
   * online, gave up for now (and tries on), or is lost; never rejects.
   */
  adopt(row: SessionRow, handover?: Handover): Promise<void>
  /** A new epoch of our own, after a claim of our own row. */
  renewed(sessionId: string, epoch: number): void
  /** Somebody else holds it: drops TCP, says nothing, touches no row. */
  lose(sessionId: string): void
  /**
   * Holds new frames, flushes, stores `h`, and calls `give`. True: the session is lost as above. False: it goes on as before.
   * With a `give` that only answers true the row stays for whoever comes next. Never rejects; false when it is not held.
   */
  handOver(
    sessionId: string,
    give: (tenure: Tenure, handover: Handover) => Promise<boolean>,
  ): Promise<boolean>
  /** From now on `open` answers busy. */
  takeNoMore(): void
}
