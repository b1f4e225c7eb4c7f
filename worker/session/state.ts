import { leaveCodes, type LeaveCode } from '../../shared/wire/codes.ts'

/*
 * The life of a session, decided without I/O; session.ts does what the steps say.
 *
 *   opening ─opened─▶ greeting ─introduced─▶ online ◀──opened── dialling
 *      │                  │                     │ stream-over     ▲  │ failed
 *      │ failed           │ stream-over         └─────▶ waiting ──┘◀─┘
 *      └────────▶ ended ◀─┴── leave, socket-gone, too-slow, stop, refused: from anywhere
 */

export type SessionState =
  /** The first login; nothing is promised to anybody yet. */
  | { readonly phase: 'opening' }
  /** Logged in; the server is told what a new resource tells it, and the client waits for JOIN_SUCCESS. */
  | { readonly phase: 'greeting'; readonly registered: boolean }
  | { readonly phase: 'online' }
  /** The stream is lost and the next try has a time. `sinceMs` on the monotonic clock. */
  | {
      readonly phase: 'waiting'
      readonly sinceMs: number
      readonly attempt: number
      readonly retryAtMs: number
    }
  | { readonly phase: 'dialling'; readonly sinceMs: number; readonly attempt: number }
  | { readonly phase: 'ended'; readonly why: Ending }

/** `not-opened`: the first login failed and its caller was told; nobody else is. */
export type Ending = LeaveCode | 'socket-gone' | 'not-opened'

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
  | { readonly kind: 'socket-gone' }
  | { readonly kind: 'too-slow' }
  /** The worker stops. */
  | { readonly kind: 'stop' }

export type Action =
  /** Introduce ourselves to the server: roster, carbons, presence. */
  | { readonly kind: 'introduce' }
  /** The stream is a new one: what was known of presence is void, what was not acknowledged is unsure. */
  | { readonly kind: 'start-over'; readonly failedH: number | undefined }
  /** JOIN_SUCCESS, and what has waited behind it. */
  | { readonly kind: 'welcome'; readonly registered: boolean }
  | { readonly kind: 'dial' }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Tell the client why (unless it is gone) and under which `id`, close the stream, delete the rows. */
  | { readonly kind: 'end'; readonly why: Ending; readonly id?: string | undefined }

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

/** First retry after at most this; every worker of a restarted server comes back spread over it. */
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 30_000

type Phase = SessionState['phase']
type In<P extends Phase> = Extract<SessionState, { phase: P }>
type On<K extends SessionEvent['kind']> = Extract<SessionEvent, { kind: K }>
type Rule<P extends Phase, K extends SessionEvent['kind']> = (
  state: In<P>,
  event: On<K>,
  now: Circumstances,
) => Step

const stay = (state: SessionState): Step => ({ state, actions: [] })
const end = (why: Ending): Step => ({ state: { phase: 'ended', why }, actions: [{ kind: 'end', why }] })
const dial = (state: In<'waiting'>): Step => ({
  state: { phase: 'dialling', sinceMs: state.sinceMs, attempt: state.attempt },
  actions: [{ kind: 'dial' }],
})

/** Full jitter over a doubling delay; gives up when the time for coming back is over. */
function waitFor(sinceMs: number, attempt: number, now: Circumstances): Step {
  if (now.nowMs - sinceMs >= now.reconnectForMs) return end('server-gone')
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10))
  const ms = Math.ceil(ceiling * now.random)
  const state = { phase: 'waiting', sinceMs, attempt, retryAtMs: now.nowMs + ms } as const
  return { state, actions: [{ kind: 'wait', ms }] }
}

const endings = {
  leave: (_state: SessionState, { id }: On<'leave'>) => ({
    state: { phase: 'ended', why: 'left' },
    actions: [{ kind: 'end', why: 'left', id }],
  }),
  'socket-gone': () => end('socket-gone'),
  'too-slow': () => end('too-slow'),
  stop: () => end('restart'),
} satisfies {
  [K in 'leave' | 'socket-gone' | 'too-slow' | 'stop']: (state: SessionState, event: On<K>) => Step
}

/** Every phase with every event; a pair that cannot happen, or comes too late to matter, stays. */
const table: { readonly [P in Phase]: { readonly [K in SessionEvent['kind']]: Rule<P, K> } } = {
  opening: {
    ...endings,
    opened: (_state, event) => ({
      state: { phase: 'greeting', registered: event.registered },
      actions: [{ kind: 'introduce' }],
    }),
    introduced: stay,
    refused: () => end('not-opened'),
    failed: () => end('not-opened'),
    'stream-over': () => end('not-opened'),
    'retry-due': stay,
    // Whoever asked for the login takes it to another worker; the client need not know.
    stop: () => end('not-opened'),
  },
  greeting: {
    ...endings,
    opened: stay,
    introduced: ({ registered }) => ({
      state: { phase: 'online' },
      actions: [{ kind: 'welcome', registered }],
    }),
    refused: stay,
    failed: stay,
    // What waited at the server is more than there is room for. With its welcome the client gets a part of it each time.
    'too-slow': ({ registered }) => ({
      state: { phase: 'ended', why: 'too-slow' },
      actions: [
        { kind: 'welcome', registered },
        { kind: 'end', why: 'too-slow' },
      ],
    }),
    // The client has nothing yet that would be worth coming back for.
    'stream-over': (_state, event) => end(event.final ?? 'server-gone'),
    'retry-due': stay,
  },
  online: {
    ...endings,
    opened: stay,
    introduced: stay,
    refused: stay,
    failed: stay,
    'stream-over': (_state, event, now) =>
      event.final === undefined ? waitFor(now.nowMs, 0, now) : end(event.final),
    'retry-due': stay,
  },
  waiting: {
    ...endings,
    opened: stay,
    introduced: stay,
    refused: stay,
    failed: stay,
    'stream-over': stay,
    'retry-due': dial,
  },
  dialling: {
    ...endings,
    opened: (_state, event) => ({
      state: { phase: 'online' },
      actions: event.resumed ? [] : [{ kind: 'start-over', failedH: event.failedH }, { kind: 'introduce' }],
    }),
    introduced: stay,
    refused: () => end('signed-out'),
    failed: (state, _event, now) => waitFor(state.sinceMs, state.attempt + 1, now),
    'stream-over': stay,
    'retry-due': stay,
  },
  ended: {
    opened: stay,
    introduced: stay,
    refused: stay,
    failed: stay,
    'stream-over': stay,
    'retry-due': stay,
    leave: stay,
    'socket-gone': stay,
    'too-slow': stay,
    stop: stay,
  },
}

/** An ending that the client is told of. */
export function isLeaveCode(why: Ending): why is LeaveCode {
  return why in leaveCodes
}

/** An ending that comes after that of the stream: what was still on its way to the server may or may not be there. */
export function losesStream(why: Ending): boolean {
  return why === 'replaced' || why === 'signed-out' || why === 'server-gone'
}

/** When a frame that cannot be handled now is worth sending again. */
export function retryAfterMs(state: SessionState, nowMs: number): number {
  const untilRetryMs = state.phase === 'waiting' ? Math.ceil(state.retryAtMs - nowMs) : 0
  return Math.max(FIRST_RETRY_MS, untilRetryMs)
}

/** Whether there is a stream to send on. */
export function isUp(state: SessionState): boolean {
  return state.phase === 'greeting' || state.phase === 'online'
}

/** What follows from an event. Pure: the clock and chance come in with the circumstances. */
export function decide(state: SessionState, event: SessionEvent, now: Circumstances): Step {
  // The table is total, so the pair always finds its rule; the compiler cannot follow the two indices together.
  const rule = table[state.phase][event.kind] as Rule<Phase, SessionEvent['kind']>
  return rule(state, event, now)
}

/** RFC 6120 4.9.3: the conditions after which coming back with the same session is wrong. */
export function finalCode(condition: string): LeaveCode | undefined {
  switch (condition) {
    case 'conflict':
      return 'replaced'
    case 'not-authorized':
      return 'signed-out'
    case 'host-gone':
    case 'host-unknown':
      return 'server-gone'
    default:
      return undefined
  }
}
