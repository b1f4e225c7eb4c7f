import { isFinalEnd, isFinalRefusal } from './advice.ts'
import { backoffMs } from './backoff.ts'
import { ANSWER_LIMIT_MS, IDLE_PROBE_LIMIT_MS, LEAVE_LIMIT_MS, WAKE_PROBE_LIMIT_MS } from './limits.ts'

/*
 * The life of a connection, decided without I/O; connection.ts does what the steps say.
 *
 *   offline ──connect──▶ connecting ──opened──▶ joining ──joined──▶ connected ◀──heard, next-joined──┐
 *                          ▲     │ closed, due     │ closed, due       │    ├── wake, idle: probing ──┤
 *                          │ due ▼                 ▼            closed │    └── roll: rolling ────────┘
 *                        waiting ◀─────────────────┴───────────────────┘
 *
 *   stopped ◀── refused, left: whatever says stop    leaving ──left, closed, due──▶ offline ◀── close: from anywhere
 *
 *   phase        it has                              its timer
 *   offline      nothing                             –
 *   connecting   a socket that opens                 no answer to the handshake
 *   joining      a socket, JOIN sent (or paused)     no answer to JOIN (paused: JOIN again)
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
  /** `paused`: the bridge could not take the JOIN now, and the socket waits to try again. */
  | { readonly phase: 'joining'; readonly attempt: number; readonly paused: boolean }
  /** `caughtUp`, also below: the past is fetched. */
  | { readonly phase: 'connected'; readonly caughtUp: boolean }
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
}

type Phase = State['phase']
type SessionPhase = 'connected' | 'probing' | 'rolling'
type In<P extends Phase> = Extract<State, { phase: P }>
type On<K extends Event['kind']> = Extract<Event, { kind: K }>
type Rule<P extends Phase, K extends Event['kind']> = (state: In<P>, event: On<K>, now: Circumstances) => Step
type Rules<P extends Phase> = { readonly [K in Event['kind']]?: Rule<P, K> }

const to = (state: State, actions: readonly Action[] = [], timerMs?: number): Step => ({
  state,
  actions,
  timerMs,
})

const stay = (state: State) => to(state)
const offline = (actions: readonly Action[]) => to({ phase: 'offline' }, actions)
const connecting = (attempt: number, first: readonly Action[] = []) =>
  to({ phase: 'connecting', attempt }, [...first, 'open'], ANSWER_LIMIT_MS)
const joining = (attempt: number, actions: readonly Action[] = ['join']) =>
  to({ phase: 'joining', attempt, paused: false }, actions, ANSWER_LIMIT_MS)
const connected = (caughtUp: boolean, actions: readonly Action[] = []) =>
  to({ phase: 'connected', caughtUp }, actions)
const probing = (caughtUp: boolean, limitMs: number) => to({ phase: 'probing', caughtUp }, ['ping'], limitMs)
const leaving = (...first: readonly Action[]) =>
  to({ phase: 'leaving' }, [...first, 'say-leave'], LEAVE_LIMIT_MS)

function waiting(ms: number, attempt: number, now: Circumstances, code?: string): Step {
  return to({ phase: 'waiting', attempt, retryAtMs: now.nowMs + ms, code }, ['drop'], ms)
}

/** A try failed. */
function failed({ attempt }: { attempt: number }, _event: unknown, now: Circumstances): Step {
  return waiting(backoffMs(attempt, now.random), attempt + 1, now)
}

const again = ({ attempt }: { attempt: number }) => joining(attempt)

/** The socket is good: it waits with its JOIN. */
function pause({ attempt }: In<'joining'>, retryAfterMs: number, { random }: Circumstances): Step {
  const ms = retryAfterMs + backoffMs(attempt, random)
  return to({ phase: 'joining', attempt: attempt + 1, paused: true }, [], ms)
}

/** A connection that worked is over, perhaps that of many others too: all of them together come back over a while. */
function cut(now: Circumstances, code?: string): Step {
  return waiting(Math.ceil(now.random * now.spreadMs), 0, now, code)
}

/** The bridge ended the session: for good, or because of a trouble that all its clients may share. */
function left(_state: State, { code }: On<'left'>, now: Circumstances): Step {
  if (code === 'left') return offline(['drop'])
  if (isFinalEnd(code)) return to({ phase: 'stopped', code }, ['drop'])
  return cut(now, code)
}

function refused({ attempt }: { attempt: number }, event: On<'refused'>, now: Circumstances): Step {
  const { code, retryAfterMs = 0 } = event
  if (isFinalRefusal(code)) return to({ phase: 'stopped', code }, ['drop'])
  return waiting(retryAfterMs + backoffMs(attempt, now.random), attempt + 1, now, code)
}

const gone = () => offline(['drop'])

/** What holds for everyone who says nothing else. A pair that cannot happen, or comes too late to matter, stays. */
const anywhere: { readonly [K in Event['kind']]?: () => Step } = { leave: gone, close: gone }

/** What holds for everyone who has a session. */
const inSession = {
  closed: (_state: State, _event: unknown, now: Circumstances) => cut(now),
  left,
  'not-joined': () => joining(0),
  fill: (state: In<SessionPhase>) => to({ ...state, caughtUp: false }),
  'caught-up': (state: In<SessionPhase>) => to({ ...state, caughtUp: true }),
  leave: () => leaving(),
} satisfies Partial<{ [K in Event['kind']]: unknown }>

/** Back from probing or rolling. */
const back = (state: { caughtUp: boolean }) => connected(state.caughtUp)
/** The second socket did not come to be. */
const alone = (state: { caughtUp: boolean }) => connected(state.caughtUp, ['drop-next'])

const table: { readonly [P in Phase]: Rules<P> } = {
  offline: { connect: () => connecting(0) },
  connecting: {
    opened: again,
    closed: failed,
    due: failed,
  },
  joining: {
    closed: failed,
    joined: (_state, { fill }) => connected(!fill),
    refused,
    expired: again,
    left,
    unavailable: (state, { retryAfterMs }, now) =>
      state.paused ? stay(state) : pause(state, retryAfterMs, now),
    due: (state, event, now) => (state.paused ? joining(state.attempt) : failed(state, event, now)),
  },
  connected: {
    ...inSession,
    roll: ({ caughtUp }) =>
      to({ phase: 'rolling', caughtUp, joining: false }, ['open-next'], ANSWER_LIMIT_MS),
    wake: ({ caughtUp }) => probing(caughtUp, WAKE_PROBE_LIMIT_MS),
    idle: ({ caughtUp }) => probing(caughtUp, IDLE_PROBE_LIMIT_MS),
  },
  probing: {
    ...inSession,
    heard: back,
    // Nothing says that others are cut as well, and the user waits.
    due: () => connecting(0, ['drop']),
  },
  rolling: {
    ...inSession,
    closed: ({ joining: joins }) =>
      joins ? joining(0, ['promote']) : to({ phase: 'connecting', attempt: 0 }, ['promote'], ANSWER_LIMIT_MS),
    // The old socket may hear that it was replaced before the new one hears that it is in.
    left: (state, event, now) => {
      if (event.code === 'moved' && state.joining) return joining(0, ['promote'])
      const step = left(state, event, now)
      return { ...step, actions: ['drop-next', ...step.actions] }
    },
    'not-joined': () => joining(0, ['drop-next', 'join']),
    'next-opened': state => to({ ...state, joining: true }, ['join-next'], ANSWER_LIMIT_MS),
    'next-joined': state => connected(state.caughtUp, ['promote']),
    'next-failed': alone,
    due: alone,
    leave: () => leaving('drop-next'),
    close: () => offline(['drop-next', 'drop']),
  },
  waiting: {
    connect: ({ attempt }) => connecting(attempt),
    due: ({ attempt }) => connecting(attempt),
    wake: state => (state.code === undefined ? connecting(state.attempt) : stay(state)),
  },
  leaving: {
    closed: gone,
    left: gone,
    due: gone,
    leave: stay,
  },
  stopped: { connect: () => connecting(0) },
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
