/*
 * Which socket a session has, decided without I/O; session/sockets.ts does what the steps say.
 *
 *   inherited ──ours──▶ attached ──attach another──▶ rolling ──old gone, or 2 s──▶ attached
 *      │ gone                │ gone, silent, too old      │ new gone
 *      └─────────────────────┴─────▶ detached ◀───────────┘
 *                                       │ attach: attached again · 60 s: away · keepMs: expired
 *
 * After each time in which the fence was closed a socket is inherited anew (`inDoubt`): whoever took it may not have been heard.
 *
 * Without a socket a session is detached at once, absent when its row says so (session/sockets.ts), and away when its contacts
 * see it.
 */

export type Attachment =
  | {
      readonly phase: 'attached'
      readonly connectionId: string
      /** Monotonic, as all times here: since when, and when something went over it last, either way. */
      readonly sinceMs: number
      readonly heardMs: number
    }
  /** A second socket has shown the token; `old` may still bring frames that were under way. */
  | {
      readonly phase: 'rolling'
      readonly connectionId: string
      readonly sinceMs: number
      readonly heardMs: number
      readonly old: string
    }
  /**
   * The row of the worker before names it, or it was this session's before the fence was closed. Another session may have it by
   * now: nothing is pushed to it, nothing is taken from it, and nobody closes it.
   */
  | {
      readonly phase: 'inherited'
      readonly connectionId: string
      readonly sinceMs: number
      readonly heardMs: number
    }
  | { readonly phase: 'detached'; readonly sinceMs: number; readonly away: boolean }

export type AttachmentEvent =
  | { readonly kind: 'attach'; readonly connectionId: string }
  /** Late and repeated reports are usual, also of sockets that were replaced long ago. */
  | { readonly kind: 'gone'; readonly connectionId: string }
  /** The socket that was inherited is this session's still. */
  | { readonly kind: 'ours' }
  /** A frame came, or the gateway took one. */
  | { readonly kind: 'heard' }
  /** What `dueAt` named is due, if nothing came between. */
  | { readonly kind: 'time' }

export type AttachmentAction =
  /** The session has no socket any more; this was the last. */
  | { readonly kind: 'detach' }
  /** Close this one at the gateway: the session goes on at another, or at none. */
  | { readonly kind: 'hang-up'; readonly connectionId: string }
  | { readonly kind: 'away'; readonly away: boolean }
  | { readonly kind: 'expire' }

export interface AttachmentStep {
  readonly state: Attachment
  readonly actions: readonly AttachmentAction[]
}

export interface AttachmentTimes {
  readonly nowMs: number
  /** How long the session is kept without a socket. */
  readonly keepMs: number
}

/** A closed laptop often comes back within it, and its user was never gone. */
const AWAY_AFTER_MS = 60_000
/** API Gateway closes a socket that is idle for 10 minutes, and its `$disconnect` may get lost. */
const SILENT_MS = 11 * 60_000
/** API Gateway closes every socket after 2 h. */
const SOCKET_LIFE_MS = 2 * 3_600_000 + 60_000
/** What was under way on the old socket when the new one came is there by then. */
const ROLL_MS = 2000

/** A session that has just got this socket. */
export function attachedTo(connectionId: string, nowMs: number): Attachment {
  return { phase: 'attached', connectionId, sinceMs: nowMs, heardMs: nowMs }
}

/** One that comes from another worker, whose row names this socket. */
export function inheriting(connectionId: string, nowMs: number): Attachment {
  return { phase: 'inherited', connectionId, sinceMs: nowMs, heardMs: nowMs }
}

/** The same after a time in which nobody could say that the socket was taken. Of two the newer counts, as in a row. */
export function inDoubt(state: Attachment): Attachment {
  if (state.phase === 'detached') return state
  const { connectionId, sinceMs, heardMs } = state
  return { phase: 'inherited', connectionId, sinceMs, heardMs }
}

/** One of a session that had lost its socket `agoMs` ago. */
export function detachedSince(agoMs: number, nowMs: number): Attachment {
  return { phase: 'detached', sinceMs: nowMs - agoMs, away: false }
}

/** What follows from an event. Pure. */
export function decideAttachment(
  state: Attachment,
  event: AttachmentEvent,
  times: AttachmentTimes,
): AttachmentStep {
  switch (event.kind) {
    case 'attach':
      return attach(state, event.connectionId, times.nowMs)
    case 'gone':
      return gone(state, event.connectionId, times.nowMs)
    case 'ours':
      return stay(state.phase === 'inherited' ? settled(state) : state)
    case 'heard':
      return stay(state.phase === 'detached' ? state : { ...state, heardMs: times.nowMs })
    case 'time':
      return onTime(state, times)
  }
}

/** Monotonic time at which a `time` event may change something. */
export function dueAt(state: Attachment, keepMs: number): number {
  switch (state.phase) {
    case 'attached':
    case 'inherited':
      return Math.min(state.sinceMs + SOCKET_LIFE_MS, state.heardMs + SILENT_MS)
    case 'rolling':
      return state.sinceMs + ROLL_MS
    case 'detached':
      return state.sinceMs + (state.away ? keepMs : Math.min(AWAY_AFTER_MS, keepMs))
  }
}

/** Whether a frame from this socket is the session's. */
export function isSocket(state: Attachment, connectionId: string): boolean {
  if (state.phase === 'detached') return false
  return state.connectionId === connectionId || (state.phase === 'rolling' && state.old === connectionId)
}

/** The sockets there are, the one that is pushed to first. */
export function socketsOf(state: Attachment): readonly string[] {
  switch (state.phase) {
    case 'attached':
    case 'inherited':
      return [state.connectionId]
    case 'rolling':
      return [state.connectionId, state.old]
    case 'detached':
      return []
  }
}

function stay(state: Attachment): AttachmentStep {
  return { state, actions: [] }
}

function attach(state: Attachment, connectionId: string, nowMs: number): AttachmentStep {
  const fresh = { phase: 'attached', connectionId, sinceMs: nowMs, heardMs: nowMs } as const
  if (state.phase === 'detached')
    return { state: fresh, actions: state.away ? [{ kind: 'away', away: false }] : [] }
  // One that may be another session's is left alone.
  if (state.connectionId === connectionId || state.phase === 'inherited') return stay(fresh)
  const rolling: Attachment = { ...fresh, phase: 'rolling', connectionId, old: state.connectionId }
  // A third socket: nobody waits for what is under way on the first.
  const first = state.phase === 'rolling' && state.old !== connectionId ? state.old : undefined
  return {
    state: rolling,
    actions: first === undefined ? [] : [{ kind: 'hang-up', connectionId: first }],
  }
}

function gone(state: Attachment, connectionId: string, nowMs: number): AttachmentStep {
  if (!isSocket(state, connectionId) || state.phase === 'detached') return stay(state)
  if (state.connectionId !== connectionId) return stay(settled(state))
  const detach = { kind: 'detach' } as const
  // The old one has been told that the session is elsewhere, so its client does not talk there any more.
  const actions = state.phase === 'rolling' ? [hangUp(state.old), detach] : [detach]
  return { state: { phase: 'detached', sinceMs: nowMs, away: false }, actions }
}

function onTime(state: Attachment, times: AttachmentTimes): AttachmentStep {
  if (times.nowMs < dueAt(state, times.keepMs)) return stay(state)
  switch (state.phase) {
    case 'attached':
    case 'inherited':
      return gone(state, state.connectionId, times.nowMs)
    case 'rolling':
      return { state: settled(state), actions: [hangUp(state.old)] }
    case 'detached':
      if (times.nowMs - state.sinceMs >= times.keepMs) return { state, actions: [{ kind: 'expire' }] }
      return { state: { ...state, away: true }, actions: [{ kind: 'away', away: true }] }
  }
}

function hangUp(connectionId: string): AttachmentAction {
  return { kind: 'hang-up', connectionId }
}

function settled(state: Exclude<Attachment, { phase: 'detached' }>): Attachment {
  const { connectionId, sinceMs, heardMs } = state
  return { phase: 'attached', connectionId, sinceMs, heardMs }
}
