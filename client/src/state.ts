import { isFinalEnd, isFinalRefusal } from './advice.ts'
import { backoffMs } from './backoff.ts'
import { ANSWER_LIMIT_MS, IDLE_PROBE_LIMIT_MS, LEAVE_LIMIT_MS, WAKE_PROBE_LIMIT_MS } from './limits.ts'

/*
 * The life of a connection, decided without I/O; connection.ts does what the steps say.
 *
 *   offline ──connect──▶ connecting ──opened──▶ joining ──joined──▶ connected ◀───── heard, next-joined ────┐
 *                          ▲     │ closed, due     │ closed, due       │    ├── wake, late, idle: probing ──┤
 *                          │ due ▼                 ▼            closed │    └── roll: rolling ──────────────┘
 *                        waiting ◀─────────────────┴───────────────────┘          └── wake, idle, late and alone: probing
 *
 *   stopped ◀── refused, left: whatever says stop    leaving ──left, closed, due──▶ offline ◀── close: from anywhere
 *   connecting ◀── due: probing    connecting ◀── closed, when a JOIN of ours may have moved the session: connected, probing
 *
 *   phase        it has                              its timer
 *   offline      nothing                             –
 *   connecting   a socket that opens                 no answer to the handshake
 *   joining      a socket, JOIN sent (or paused)     no answer to JOIN (paused: rejoin)
 *   connected    a session                           –
 *   probing      a session, perhaps a dead socket    no answer to PING
 *   rolling      a session and a second socket       the second takes too long
 *   waiting      nothing                             the next try
 *   leaving      a session, LEAVE sent               no answer to LEAVE
 *   stopped      nothing; the bridge said stop       –
 */

export type State =
  | { readonly phase: 'offline' }
  | { readonly phase: 'connecting'; readonly attempt: number }
  /** `paused`: the bridge could not take the JOIN now, and the socket waits to rejoin. */
  | { readonly phase: 'joining'; readonly attempt: number; readonly paused: boolean }
  /** `caughtUp`, also below: the past is fetched. */
  | { readonly phase: 'connected'; readonly caughtUp: boolean }
  | { readonly phase: 'probing'; readonly caughtUp: boolean }
  /** `joining`: the second socket is open and its JOIN is sent. `late`: the first is asked if the second does not take over. */
  | {
      readonly phase: 'rolling'
      readonly caughtUp: boolean
      readonly joining: boolean
      readonly late?: boolean
    }
  /** `code`: the bridge itself asked to wait. On the wall clock. */
  | {
      readonly phase: 'waiting'
      readonly attempt: number
      readonly retryAtMs: number
      readonly code: string | undefined
    }
  | { readonly phase: 'leaving' }
  | { readonly phase: 'stopped'; readonly code: string }

export type Event =
  | { readonly kind: 'connect' }
  | { readonly kind: 'opened' }
  | { readonly kind: 'closed' }
  /** JOIN_SUCCESS; `fill`: the past must be fetched from the archive. */
  | { readonly kind: 'joined'; readonly fill: boolean }
  /** FORBIDDEN. */
  | { readonly kind: 'refused'; readonly code: string; readonly retryAfterMs?: number | undefined }
  /** FORBIDDEN for the token, and there are credentials to sign in with. */
  | { readonly kind: 'expired' }
  /** LEAVE of the bridge. */
  | { readonly kind: 'left'; readonly code: string }
  /** Nobody could take the JOIN: ERROR `try-again`, or the gateway's own error. Or its answer was lost: a batch came first. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number }
  /** ERROR `not-joined`: the socket lives, its session does not. */
  | { readonly kind: 'not-joined' }
  /** Anything came in. */
  | { readonly kind: 'heard' }
  /** RESET: the past must be fetched from the archive. */
  | { readonly kind: 'fill' }
  | { readonly kind: 'caught-up' }
  /** The same of the second socket; whatever else happens to it is `next-failed`. */
  | { readonly kind: 'next-opened' }
  | { readonly kind: 'next-joined' }
  | { readonly kind: 'next-failed' }
  /** The phase's timer. */
  | { readonly kind: 'due' }
  /** The socket is about to get too old for the gateway. */
  | { readonly kind: 'roll' }
  /** The network is back or gone, or the page is shown. */
  | { readonly kind: 'wake' }
  /** An acknowledgement is late. */
  | { readonly kind: 'late' }
  /** Nothing came for `pingMs`. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'close' }

export type Action =
  /** Open a socket, JOIN on it, close it. */
  | 'open'
  | 'join'
  | 'drop'
  /** The same with a second one beside it, which is closed with the phase; `promote`: it takes the place of the first. */
  | 'open-next'
  | 'join-next'
  | 'promote'
  | 'ping'
  | 'say-leave'

export interface Step {
  readonly state: State
  readonly actions: readonly Action[]
  /** When `due` comes, in the new state; without one, a timer goes on for as long as the phase is the same. */
  readonly timerMs?: number | undefined
}

export interface Circumstances {
  /** Wall clock. */
  readonly nowMs: number
  /** 0 to 1. */
  readonly random: number
  /** `reconnectSpreadMs` of the last JOIN_SUCCESS. */
  readonly spreadMs: number
  /** A JOIN of ours has no JOIN_SUCCESS yet, or its socket was given up lately: the bridge may move the session there. */
  readonly moving: boolean
  /** How long what was sent may be on its way up; nothing behind it is answered before. */
  readonly busyMs: number
}

type Phase = State['phase']
type SessionPhase = 'connected' | 'probing' | 'rolling'
type In<P extends Phase> = Extract<State, { phase: P }>
type On<K extends Event['kind']> = Extract<Event, { kind: K }>
type Failure = { readonly kind: string } & Partial<Pick<On<'refused'>, 'code' | 'retryAfterMs'>>
type Rule<P extends Phase, K extends Event['kind']> = (state: In<P>, event: On<K>, now: Circumstances) => Step
type Rules<P extends Phase> = { readonly [K in Event['kind']]?: Rule<P, K> }

const to = (state: State, actions: readonly Action[] = [], timerMs?: number): Step => ({
  state,
  actions,
  timerMs,
})

const stay = (state: State) => to(state)
const connecting = (attempt: number, actions: readonly Action[] = ['open']) =>
  to({ phase: 'connecting', attempt }, actions, ANSWER_LIMIT_MS)
const joining = (attempt: number, actions: readonly Action[] = ['join']) =>
  to({ phase: 'joining', attempt, paused: false }, actions, ANSWER_LIMIT_MS)
const connected = (caughtUp: boolean, actions: readonly Action[] = []) =>
  to({ phase: 'connected', caughtUp }, actions)

const begin = () => connecting(0)
/** Nothing says that others are cut as well, and the user waits. */
const anew = () => connecting(0, ['drop', 'open'])
const gone = () => to({ phase: 'offline' }, ['drop'])
const stopped = (code: string) => to({ phase: 'stopped', code }, ['drop'])

function waiting(ms: number, attempt: number, now: Circumstances, code?: string): Step {
  return to({ phase: 'waiting', attempt, retryAtMs: now.nowMs + ms, code }, ['drop'], ms)
}

/** A try failed; a refusal says why, and may ask for more time. */
function failed({ attempt }: { attempt: number }, event: Failure, now: Circumstances): Step {
  const { code, retryAfterMs = 0 } = event
  return waiting(retryAfterMs + backoffMs(attempt, now.random), attempt + 1, now, code)
}

const open = ({ attempt }: { attempt: number }) => connecting(attempt)
const join = ({ attempt }: { attempt: number }) => joining(attempt)

/** The socket is good: it waits with its JOIN. */
function pause(state: In<'joining'>, { retryAfterMs }: On<'unavailable'>, { random }: Circumstances): Step {
  const { attempt } = state
  const ms = retryAfterMs + backoffMs(attempt, random)
  return to({ phase: 'joining', attempt: attempt + 1, paused: true }, [], ms)
}

/** A connection that worked is over, perhaps that of many others too: all of them together come back over a while. */
function cut(now: Circumstances, code?: string): Step {
  return waiting(Math.ceil(now.random * now.spreadMs), 0, now, code)
}

/** The bridge ended the session: for good, or because of a trouble that all its clients may share. */
function left(state: State, { code }: On<'left'>, now: Circumstances): Step {
  if (code === 'left') return gone()
  // By ourselves. What is on its way still comes; then the bridge closes this socket.
  if (code === 'moved' && now.moving) return stay(state)
  if (isFinalEnd(code)) return stopped(code)
  return cut(now, code)
}

function refused(state: In<'joining'>, event: On<'refused'>, now: Circumstances): Step {
  return isFinalRefusal(event.code) ? stopped(event.code) : failed(state, event, now)
}

/** In a roll, too: both sockets are in doubt then, so the second is given up, and a later roll opens another. */
function probe(
  { caughtUp }: In<'connected' | 'rolling'>,
  { kind }: On<'wake' | 'late' | 'idle' | 'due' | 'next-failed'>,
  { busyMs }: Circumstances,
): Step {
  const limitMs = kind === 'idle' ? IDLE_PROBE_LIMIT_MS : WAKE_PROBE_LIMIT_MS
  return to({ phase: 'probing', caughtUp }, ['ping'], limitMs + busyMs)
}

/** What holds for everyone who says nothing else. A pair that cannot happen, or comes too late to matter, stays. */
const anywhere: { readonly [K in Event['kind']]?: () => Step } = { leave: gone, close: gone }

/** What holds for everyone who has a session. */
const inSession = {
  closed: (_state: State, _event: unknown, now: Circumstances) => (now.moving ? anew() : cut(now)),
  left,
  'not-joined': () => joining(0),
  fill: (state: In<SessionPhase>) => to({ ...state, caughtUp: false }),
  'caught-up': (state: In<SessionPhase>) => to({ ...state, caughtUp: true }),
  leave: () => to({ phase: 'leaving' }, ['say-leave'], LEAVE_LIMIT_MS),
} satisfies Partial<{ [K in Event['kind']]: unknown }>

/** Back from probing or rolling. */
const back = (state: { caughtUp: boolean }) => connected(state.caughtUp)
/** The second socket is no use; if the first is in doubt as well, that is asked. */
const alone = (state: In<'rolling'>, event: On<'due' | 'next-failed'>, now: Circumstances) =>
  (state.late ? probe : back)(state, event, now)

const table: { readonly [P in Phase]: Rules<P> } = {
  offline: { connect: begin },
  connecting: {
    opened: join,
    closed: failed,
    due: failed,
  },
  joining: {
    closed: failed,
    joined: (_state, { fill }) => connected(!fill),
    refused,
    expired: join,
    left,
    unavailable: (state, event, now) => (state.paused ? stay(state) : pause(state, event, now)),
    due: (state, event, now) => (state.paused ? join(state) : failed(state, event, now)),
  },
  connected: {
    ...inSession,
    roll: ({ caughtUp }) =>
      to({ phase: 'rolling', caughtUp, joining: false }, ['open-next'], ANSWER_LIMIT_MS),
    wake: probe,
    late: probe,
    idle: probe,
  },
  probing: {
    ...inSession,
    heard: back,
    due: anew,
  },
  rolling: {
    ...inSession,
    closed: ({ joining: joins }) => (joins ? joining : connecting)(0, ['promote']),
    'next-opened': state => to({ ...state, joining: true }, ['join-next'], ANSWER_LIMIT_MS),
    'next-joined': state => connected(state.caughtUp, ['promote']),
    'next-failed': alone,
    due: alone,
    wake: probe,
    // That is about the first, which is being replaced.
    late: state => to({ ...state, late: true }),
    idle: probe,
  },
  waiting: {
    connect: open,
    due: open,
    wake: state => (state.code === undefined ? open(state) : stay(state)),
  },
  leaving: {
    closed: gone,
    left: gone,
    due: gone,
    leave: stay,
  },
  stopped: { connect: begin },
}

/** What follows from an event. Pure; total over every phase and event. */
export function next<P extends Phase, K extends Event['kind']>(
  state: In<P>,
  event: On<K>,
  now: Circumstances,
): Step {
  // The compiler cannot follow that state and event pick their own rule.
  const rules = table[state.phase] as Rules<P>
  const rule: Rule<P, K> = rules[event.kind] ?? anywhere[event.kind] ?? stay
  return rule(state, event, now)
}

/** Whether frames of the session can be sent and come in. */
export function hasSession(state: State): boolean {
  return 'caughtUp' in state
}
