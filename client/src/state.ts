import { backoffMs, firstTryMs } from './backoff.ts'

/*
 * The life of a connection, decided without I/O; connection.ts does what the steps say.
 *
 *   offline ──connect──▶ connecting ──opened──▶ joining ──joined──▶ catching-up ──caught-up──▶ online
 *                          ▲     │ closed, due     │ closed, due        │  ▲                  │  │  ▲
 *                          │ due ▼                 ▼             closed │  └──── fill ────────┘  │  │ heard, next-joined
 *                        waiting ◀─────────────────┴────────────────────┴────────────────────────┤  │
 *                          ▲                                          wake, idle: probing ◀──────┼──┤
 *                          └── probing that nobody answers connects anew     roll: rolling ◀─────┴──┘
 *
 *   stopped ◀── refused, left: whatever says stop    leaving ──left, closed, due──▶ offline ◀── close: from anywhere
 *
 *   phase        it has                              its timer
 *   offline      nothing                             –
 *   connecting   a socket that opens                 the handshake takes too long
 *   joining      a socket, JOIN sent (or paused)     no answer to JOIN (or: JOIN again)
 *   catching-up  a session whose past is fetched     –
 *   online       a session                           –
 *   probing      a session, perhaps a dead socket    no answer to PING
 *   rolling      a session and a second socket       the second takes too long
 *   waiting      nothing                             the next try
 *   leaving      a session, LEAVE sent               no answer to LEAVE
 *   stopped      nothing; the bridge said stop       –
 */

export type State =
  | { readonly phase: 'offline' }
  | { readonly phase: 'connecting'; readonly attempt: number }
  /** `paused`: the bridge could not take the JOIN now, and the socket waits to try again. */
  | { readonly phase: 'joining'; readonly attempt: number; readonly paused: boolean }
  | { readonly phase: 'catching-up' }
  | { readonly phase: 'online' }
  | { readonly phase: 'probing'; readonly caughtUp: boolean }
  /** `joining`: the second socket is open and its JOIN is sent. */
  | { readonly phase: 'rolling'; readonly caughtUp: boolean; readonly joining: boolean }
  /** `code`: the bridge itself asked to wait. On the wall clock. */
  | {
      readonly phase: 'waiting'
      readonly attempt: number
      readonly retryAtMs: number
      readonly code: string | undefined
    }
  | { readonly phase: 'leaving' }
  | { readonly phase: 'stopped'; readonly code: string }

export type Advice = 'stop' | 'back-off' | 'at-once'

export type Event =
  | { readonly kind: 'connect' }
  | { readonly kind: 'opened' }
  | { readonly kind: 'closed' }
  /** JOIN_SUCCESS; `fill`: the past must be fetched from the archive. */
  | { readonly kind: 'joined'; readonly fill: boolean }
  /** FORBIDDEN. */
  | {
      readonly kind: 'refused'
      readonly code: string
      readonly advice: Advice
      readonly retryAfterMs: number | undefined
    }
  /** FORBIDDEN for the token, and there are credentials to sign in with. */
  | { readonly kind: 'expired' }
  /** LEAVE of the bridge. */
  | { readonly kind: 'left'; readonly code: string; readonly advice: Advice }
  /** Nobody could take the JOIN: ERROR `try-again`, or the gateway's own error. */
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
  /** The machine woke, the network is back, the page is shown, or an acknowledgement is late. */
  | { readonly kind: 'wake' }
  /** Nothing came for `pingMs`. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'close' }

export type Action =
  /** Open a socket, JOIN on it, close it. */
  | 'open'
  | 'join'
  | 'drop'
  /** The same with a second one beside it; `promote`: the first is closed and the second takes its place. */
  | 'open-next'
  | 'join-next'
  | 'drop-next'
  | 'promote'
  | 'ping'
  | 'say-leave'

export interface Step {
  readonly state: State
  readonly actions: readonly Action[]
  /** When `due` comes, in the new state; a step to another state ends the timer of the old one. */
  readonly timerMs?: number
}

export interface Circumstances {
  /** Wall clock. */
  readonly nowMs: number
  /** 0 to 1. */
  readonly random: number
  /** `reconnectSpreadMs` of the last JOIN_SUCCESS. */
  readonly spreadMs: number
}

/** TLS over a bad mobile network takes seconds; more than this is a handshake that will not end. */
const OPEN_LIMIT_MS = 15_000
/** A password JOIN waits for a login at the XMPP server; the gateway gives up on a function after 29 s. */
const JOIN_LIMIT_MS = 40_000
/** The user is there and waits: a living connection answers within this. */
export const WAKE_PROBE_LIMIT_MS = 3000
/** Nobody waits, and a function may start cold on the way. */
const IDLE_PROBE_LIMIT_MS = 10_000
const LEAVE_LIMIT_MS = 3000

type Phase = State['phase']
type In<P extends Phase> = Extract<State, { phase: P }>
type On<K extends Event['kind']> = Extract<Event, { kind: K }>
type Rule<P extends Phase, K extends Event['kind']> = (state: In<P>, event: On<K>, now: Circumstances) => Step
type Rules<P extends Phase> = { readonly [K in Event['kind']]: Rule<P, K> }

const stay = (state: State): Step => ({ state, actions: [] })
const to = (state: State, actions: readonly Action[] = [], timerMs?: number): Step =>
  timerMs === undefined ? { state, actions } : { state, actions, timerMs }

const offline = (actions: readonly Action[]) => to({ phase: 'offline' }, actions)
const connecting = (attempt: number, first: readonly Action[] = []) =>
  to({ phase: 'connecting', attempt }, [...first, 'open'], OPEN_LIMIT_MS)
const joining = (attempt: number, actions: readonly Action[]) =>
  to({ phase: 'joining', attempt, paused: false }, actions, JOIN_LIMIT_MS)
const connected = (caughtUp: boolean, actions: readonly Action[] = []) =>
  to({ phase: caughtUp ? 'online' : 'catching-up' }, actions)
const probing = (caughtUp: boolean, limitMs: number) => to({ phase: 'probing', caughtUp }, ['ping'], limitMs)
const rolling = (caughtUp: boolean) =>
  to({ phase: 'rolling', caughtUp, joining: false }, ['open-next'], OPEN_LIMIT_MS)
const leaving = () => to({ phase: 'leaving' }, ['say-leave'], LEAVE_LIMIT_MS)

function waiting(ms: number, attempt: number, now: Circumstances, code?: string): Step {
  return to({ phase: 'waiting', attempt, retryAtMs: now.nowMs + ms, code }, ['drop'], ms)
}

/** A try failed. */
function failed({ attempt }: { attempt: number }, now: Circumstances): Step {
  return waiting(backoffMs(attempt, now.random), attempt + 1, now)
}

/** A connection that worked is over; perhaps that of many others too. */
function cut(now: Circumstances): Step {
  return waiting(firstTryMs(now.spreadMs, now.random), 0, now)
}

/** The bridge ended the session: for good, or because of a trouble that all its clients may share. */
function left({ code, advice }: On<'left'>, now: Circumstances): Step {
  if (code === 'left') return offline(['drop'])
  if (advice === 'stop') return to({ phase: 'stopped', code }, ['drop'])
  return advice === 'at-once' ? cut(now) : waiting(Math.ceil(now.random * now.spreadMs), 0, now, code)
}

function refused(state: { attempt: number }, event: On<'refused'>, now: Circumstances): Step {
  if (event.advice === 'stop') return to({ phase: 'stopped', code: event.code }, ['drop'])
  const ms = (event.retryAfterMs ?? 0) + backoffMs(state.attempt, now.random)
  return waiting(ms, state.attempt + 1, now, event.code)
}

/** What no phase minds unless it says so; a pair that cannot happen, or comes too late to matter, stays. */
const calm = {
  connect: stay,
  opened: stay,
  closed: stay,
  joined: stay,
  refused: stay,
  expired: stay,
  left: stay,
  unavailable: stay,
  'not-joined': stay,
  heard: stay,
  fill: stay,
  'caught-up': stay,
  'next-opened': stay,
  'next-joined': stay,
  'next-failed': stay,
  due: stay,
  roll: stay,
  wake: stay,
  idle: stay,
  leave: () => offline(['drop']),
  close: () => offline(['drop']),
} satisfies { [K in Event['kind']]: (state: State) => Step }

/** What holds for everyone who has a session. */
const inSession = {
  ...calm,
  closed: (_state: State, _event: unknown, now: Circumstances) => cut(now),
  left: (_state: State, event: On<'left'>, now: Circumstances) => left(event, now),
  'not-joined': () => joining(0, ['join']),
  leave: leaving,
} satisfies Partial<{ [K in Event['kind']]: unknown }>

/** Back from probing or rolling. */
const back = (state: { caughtUp: boolean }) => connected(state.caughtUp)

const table: { readonly [P in Phase]: Rules<P> } = {
  offline: { ...calm, connect: () => connecting(0), leave: stay, close: stay },
  connecting: {
    ...calm,
    opened: ({ attempt }) => joining(attempt, ['join']),
    closed: (state, _event, now) => failed(state, now),
    due: (state, _event, now) => failed(state, now),
  },
  joining: {
    ...calm,
    closed: (state, _event, now) => failed(state, now),
    joined: (_state, { fill }) => connected(!fill),
    refused,
    expired: ({ attempt }) => joining(attempt, ['join']),
    left: (_state, event, now) => left(event, now),
    unavailable: ({ attempt }, { retryAfterMs }, now) =>
      to(
        { phase: 'joining', attempt: attempt + 1, paused: true },
        [],
        retryAfterMs + backoffMs(attempt, now.random),
      ),
    due: (state, _event, now) => (state.paused ? joining(state.attempt, ['join']) : failed(state, now)),
  },
  'catching-up': {
    ...inSession,
    'caught-up': () => connected(true),
    roll: () => rolling(false),
    wake: () => probing(false, WAKE_PROBE_LIMIT_MS),
    idle: () => probing(false, IDLE_PROBE_LIMIT_MS),
  },
  online: {
    ...inSession,
    fill: () => connected(false),
    roll: () => rolling(true),
    wake: () => probing(true, WAKE_PROBE_LIMIT_MS),
    idle: () => probing(true, IDLE_PROBE_LIMIT_MS),
  },
  probing: {
    ...inSession,
    heard: back,
    fill: () => connected(false),
    'caught-up': () => connected(true),
    // Nothing says that others are cut as well, and the user waits.
    due: () => connecting(0, ['drop']),
  },
  rolling: {
    ...inSession,
    closed: ({ joining: joins }) =>
      joins ? joining(0, ['promote']) : to({ phase: 'connecting', attempt: 0 }, ['promote'], OPEN_LIMIT_MS),
    // The old socket may hear that it was replaced before the new one hears that it is in.
    left: (state, event, now) => {
      if (event.code === 'moved' && state.joining) return joining(0, ['promote'])
      const step = left(event, now)
      return { ...step, actions: ['drop-next', ...step.actions] }
    },
    'not-joined': () => joining(0, ['drop-next', 'join']),
    fill: state => to({ ...state, caughtUp: false }, [], OPEN_LIMIT_MS),
    'caught-up': state => to({ ...state, caughtUp: true }, [], OPEN_LIMIT_MS),
    'next-opened': state => to({ ...state, joining: true }, ['join-next'], JOIN_LIMIT_MS),
    'next-joined': state => connected(state.caughtUp, ['promote']),
    'next-failed': state => connected(state.caughtUp, ['drop-next']),
    due: state => connected(state.caughtUp, ['drop-next']),
    leave: () => to({ phase: 'leaving' }, ['drop-next', 'say-leave'], LEAVE_LIMIT_MS),
    close: () => offline(['drop-next', 'drop']),
  },
  waiting: {
    ...calm,
    connect: ({ attempt }) => connecting(attempt),
    due: ({ attempt }) => connecting(attempt),
    wake: state => (state.code === undefined ? connecting(state.attempt) : stay(state)),
  },
  leaving: {
    ...calm,
    closed: () => offline(['drop']),
    left: () => offline(['drop']),
    due: () => offline(['drop']),
    leave: stay,
  },
  stopped: { ...calm, connect: () => connecting(0) },
}

/** What follows from an event. Pure; total over every phase and event. */
export function next<P extends Phase, K extends Event['kind']>(
  state: In<P>,
  event: On<K>,
  now: Circumstances,
): Step {
  // The table is complete by its type; the compiler cannot follow that state and event pick their own rule.
  const rules = table[state.phase] as unknown as { readonly [kind in Event['kind']]: Rule<P, K> }
  return rules[event.kind](state, event, now)
}

/** Whether frames of the session can be sent and come in. */
export function hasSession({ phase }: State): boolean {
  return phase === 'online' || phase === 'catching-up' || phase === 'probing' || phase === 'rolling'
}
