import { expect, test } from 'vitest'
import { backoffMs } from '../../client/src/backoff.ts'
import { hasSession, next, type Event, type State, type Step } from '../../client/src/state.ts'

type Phase = State['phase']
type Kind = Event['kind']

const now = { nowMs: 1000, random: 0.5, spreadMs: 30_000, moving: false, busyMs: 0 }

const states: { readonly [P in Phase]: Extract<State, { phase: P }> } = {
  offline: { phase: 'offline' },
  connecting: { phase: 'connecting', attempt: 2 },
  joining: { phase: 'joining', attempt: 2, paused: false },
  connected: { phase: 'connected', caughtUp: true },
  probing: { phase: 'probing', caughtUp: true },
  rolling: { phase: 'rolling', caughtUp: true, joining: false },
  waiting: { phase: 'waiting', attempt: 2, retryAtMs: 5000, code: undefined },
  leaving: { phase: 'leaving' },
  stopped: { phase: 'stopped', code: 'bad-credentials' },
}

const events: { readonly [K in Kind]: Extract<Event, { kind: K }> } = {
  connect: { kind: 'connect' },
  opened: { kind: 'opened' },
  closed: { kind: 'closed' },
  joined: { kind: 'joined', fill: false },
  refused: { kind: 'refused', code: 'locked', retryAfterMs: 9000 },
  expired: { kind: 'expired' },
  left: { kind: 'left', code: 'server-gone' },
  unavailable: { kind: 'unavailable', retryAfterMs: 700 },
  'not-joined': { kind: 'not-joined' },
  heard: { kind: 'heard' },
  fill: { kind: 'fill' },
  'caught-up': { kind: 'caught-up' },
  'next-opened': { kind: 'next-opened' },
  'next-joined': { kind: 'next-joined' },
  'next-failed': { kind: 'next-failed' },
  due: { kind: 'due' },
  roll: { kind: 'roll' },
  wake: { kind: 'wake' },
  late: { kind: 'late' },
  idle: { kind: 'idle' },
  leave: { kind: 'leave' },
  close: { kind: 'close' },
}

/** The phase that follows, with the actions and the timer; no entry: nothing happens. */
const table: { readonly [P in Phase]: { readonly [K in Kind]?: string } } = {
  offline: { connect: 'connecting open 40000', leave: 'offline drop', close: 'offline drop' },
  connecting: {
    opened: 'joining join 40000',
    closed: 'waiting drop 1000',
    due: 'waiting drop 1000',
    leave: 'offline drop',
    close: 'offline drop',
  },
  joining: {
    closed: 'waiting drop 1000',
    joined: 'connected',
    refused: 'waiting drop 10000',
    expired: 'joining join 40000',
    left: 'waiting drop 15000',
    unavailable: 'joining 1700',
    due: 'waiting drop 1000',
    leave: 'offline drop',
    close: 'offline drop',
  },
  connected: {
    closed: 'waiting drop 15000',
    left: 'waiting drop 15000',
    'not-joined': 'joining join 40000',
    fill: 'connected',
    'caught-up': 'connected',
    roll: 'rolling open-next 40000',
    wake: 'probing ping 3000',
    late: 'probing ping 3000',
    idle: 'probing ping 10000',
    leave: 'leaving say-leave 3000',
    close: 'offline drop',
  },
  probing: {
    closed: 'waiting drop 15000',
    left: 'waiting drop 15000',
    'not-joined': 'joining join 40000',
    heard: 'connected',
    fill: 'probing',
    'caught-up': 'probing',
    due: 'connecting drop open 40000',
    leave: 'leaving say-leave 3000',
    close: 'offline drop',
  },
  rolling: {
    closed: 'connecting promote 40000',
    left: 'waiting drop 15000',
    'not-joined': 'joining join 40000',
    fill: 'rolling',
    'caught-up': 'rolling',
    'next-opened': 'rolling join-next 40000',
    'next-joined': 'connected promote',
    'next-failed': 'connected',
    due: 'connected',
    wake: 'probing ping 3000',
    late: 'rolling',
    idle: 'probing ping 10000',
    leave: 'leaving say-leave 3000',
    close: 'offline drop',
  },
  waiting: {
    connect: 'connecting open 40000',
    due: 'connecting open 40000',
    wake: 'connecting open 40000',
    leave: 'offline drop',
    close: 'offline drop',
  },
  leaving: {
    closed: 'offline drop',
    left: 'offline drop',
    due: 'offline drop',
    close: 'offline drop',
  },
  stopped: { connect: 'connecting open 40000', leave: 'offline drop', close: 'offline drop' },
}

function describe({ state, actions, timerMs }: Step): string {
  return [state.phase, ...actions, ...(timerMs === undefined ? [] : [timerMs])].join(' ')
}

const pairs = Object.values(states).flatMap(state => Object.values(events).map(event => ({ state, event })))

test.each(pairs)('[CS1] $state.phase, $event.kind', ({ state, event }) => {
  const step = next(state, event, now)
  const expected = table[state.phase][event.kind]
  if (expected === undefined) expect(step).toEqual({ state, actions: [] })
  else expect(describe(step)).toBe(expected)
})

test('[CS2] a JOIN_SUCCESS whose past is in the archive is followed by catching up', () => {
  const step = next(states.joining, { kind: 'joined', fill: true }, now)
  expect(step.state).toEqual({ phase: 'connected', caughtUp: false })
  expect(next(states.joining, events.joined, now).state).toEqual({ phase: 'connected', caughtUp: true })
})

test('[CS3] who pauses in joining rejoins on the same socket', () => {
  const paused = next(states.joining, events.unavailable, now).state as typeof states.joining
  expect(describe(next(paused, events.due, now))).toBe('joining join 40000')
  expect(next(paused, events.unavailable, now)).toEqual({ state: paused, actions: [] })
})

test('[CS4] what the bridge calls final stops; `left` is the answer to leaving and does not', () => {
  const stop = (code: string) => next(states.connected, { kind: 'left', code }, now).state
  expect(stop('replaced')).toEqual({ phase: 'stopped', code: 'replaced' })
  expect(stop('left')).toEqual({ phase: 'offline' })
  const refused = { kind: 'refused', code: 'bad-credentials' } as const
  expect(next(states.joining, refused, now).state).toEqual({ phase: 'stopped', code: 'bad-credentials' })
})

test('[CS5] who was asked to wait is not woken', () => {
  const asked = { ...states.waiting, code: 'locked' }
  expect(next(asked, events.wake, now)).toEqual({ state: asked, actions: [] })
})

test('[CS6] a second socket that has asked takes over when the first is closed', () => {
  const joining = { ...states.rolling, joining: true }
  expect(describe(next(joining, events.closed, { ...now, moving: true }))).toBe('joining promote 40000')
})

test('[CS13] what is late in a roll neither ends it nor is forgotten: a first socket that stays alone is asked', () => {
  const late = next(states.rolling, events.late, now).state as typeof states.rolling
  const joining = next(late, events['next-opened'], now).state as typeof states.rolling
  for (const event of [events['next-failed'], events.due]) {
    expect(describe(next(late, event, now))).toBe('probing ping 3000')
    expect(describe(next(joining, event, now))).toBe('probing ping 3000')
  }
  expect(describe(next(joining, events['next-joined'], now))).toBe('connected promote')
})

test('[CS11] `moved` while a JOIN of ours may be handled is our own doing, and the close that follows no cut; else it is final', () => {
  const moved = { kind: 'left', code: 'moved' } as const
  const moving = { ...now, moving: true }
  for (const state of [states.joining, states.connected, states.probing, states.rolling]) {
    expect(next(state, moved, moving)).toEqual({ state, actions: [] })
    expect(describe(next(state, moved, now))).toBe('stopped drop')
  }
  for (const state of [states.connected, states.probing]) {
    expect(describe(next(state, events.closed, moving))).toBe('connecting drop open 40000')
  }
  const replaced = { kind: 'left', code: 'replaced' } as const
  expect(describe(next(states.connected, replaced, moving))).toBe('stopped drop')
})

test('[CS12] a probe waits as long as what was sent before it may take', () => {
  const busy = { ...now, busyMs: 7000 }
  expect(describe(next(states.connected, events.wake, busy))).toBe('probing ping 10000')
  expect(describe(next(states.connected, events.idle, busy))).toBe('probing ping 17000')
})

test('[CS7] frames go both ways in three phases', () => {
  const open = Object.values(states).filter(hasSession)
  expect(open.map(({ phase }) => phase)).toEqual(['connected', 'probing', 'rolling'])
})

test('[CS8] delays double from half a second to half a minute, each at random from 0 on', () => {
  expect([0, 1, 2, 6, 40].map(attempt => backoffMs(attempt, 1))).toEqual([500, 1000, 2000, 30_000, 30_000])
  expect(backoffMs(9, 0)).toBe(0)
})

test('[CS9] after a cut the first try is at random within what the bridge has told', () => {
  const step = (random: number) => next(states.connected, events.closed, { ...now, random, spreadMs: 1000 })
  expect([step(0).timerMs, step(0.25).timerMs, step(1).timerMs]).toEqual([0, 250, 1000])
})

test('[CS10] whether the past is fetched is remembered while probing and rolling', () => {
  for (const caughtUp of [true, false]) {
    const connected = { phase: 'connected', caughtUp } as const
    const { state: probing } = next(connected, events.wake, now)
    const { state: rolling } = next(connected, events.roll, now)
    expect([probing, rolling]).toMatchObject([{ caughtUp }, { caughtUp }])
    expect(next(probing as typeof states.probing, events.heard, now).state).toEqual(connected)
    expect(next(rolling as typeof states.rolling, events['next-joined'], now).state).toEqual(connected)
    expect(next(rolling as typeof states.rolling, events.wake, now).state).toEqual(probing)
  }
  const rolling = { ...states.rolling, caughtUp: false }
  expect(next(rolling, events['caught-up'], now).state).toMatchObject({ phase: 'rolling', caughtUp: true })
})
