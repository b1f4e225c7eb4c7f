import type { Action, Circumstances, Ending, Outage, SessionEvent, SessionState, Step } from './state.ts'
import { FIRST_RETRY_MS } from './state.ts'

/** First retry after at most this; every worker of a restarted server comes back spread over it. */
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
const end = (why: Exclude<Ending, 'lost'>): Step => ({
  state: { phase: 'ended', why },
  actions: [{ kind: 'end', why }],
})
const dial = (state: In<'waiting'>): Step => ({
  state: { phase: 'dialling', sinceMs: state.sinceMs, attempt: state.attempt, adopted: state.adopted },
  actions: [{ kind: 'dial' }],
})

/** Full jitter over a doubling delay; gives up when the time for coming back is over. */
function waitFor({ sinceMs, attempt, adopted }: Outage, now: Circumstances): Step {
  if (now.nowMs - sinceMs >= now.reconnectForMs) return end('server-gone')
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10))
  const ms = Math.ceil(ceiling * now.random)
  const state = { phase: 'waiting', sinceMs, attempt, adopted, retryAtMs: now.nowMs + ms } as const
  return { state, actions: [{ kind: 'wait', ms }] }
}

/** What a stream needs that came after one that was lost. */
function goOn(state: Outage, { resumed, failedH }: On<'opened'>): readonly Action[] {
  if (!resumed) return [{ kind: 'start-over', failedH }, { kind: 'introduce' }]
  return state.adopted ? [{ kind: 'relearn' }] : []
}

const endings = {
  leave: (_state: SessionState, { id }: On<'leave'>) => ({
    state: { phase: 'ended', why: 'left' },
    actions: [{ kind: 'end', why: 'left', id }],
  }),
  expired: () => end('expired'),
  evicted: () => end('evicted'),
  'too-slow': () => end('too-slow'),
  lost: () => ({ state: { phase: 'ended', why: 'lost' }, actions: [{ kind: 'forget' }] }),
} satisfies {
  [K in 'leave' | 'expired' | 'evicted' | 'too-slow' | 'lost']: (state: SessionState, event: On<K>) => Step
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
      event.final === undefined
        ? waitFor({ sinceMs: now.nowMs, attempt: 0, adopted: false }, now)
        : end(event.final),
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
    opened: (state, event) => ({ state: { phase: 'online' }, actions: goOn(state, event) }),
    introduced: stay,
    refused: () => end('signed-out'),
    failed: (state, _event, now) => waitFor({ ...state, attempt: state.attempt + 1 }, now),
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
    expired: stay,
    evicted: stay,
    'too-slow': stay,
    lost: stay,
  },
}

/** What follows from an event. Pure: the clock and chance come in with the circumstances. */
export function decide(state: SessionState, event: SessionEvent, now: Circumstances): Step {
  // The table is total, so the pair always finds its rule; the compiler cannot follow the two indices together.
  const rule = table[state.phase][event.kind] as Rule<Phase, SessionEvent['kind']>
  return rule(state, event, now)
}
