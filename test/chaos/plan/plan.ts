import { mulberry32 } from '../../../local/gateway/faults.ts'
import { between, pick, type Random } from './draw.ts'
import { lengthOf, partners, type Fault, type PlannedFault } from './fault.ts'
import type { Muted, Profile, Trouble } from './profiles.ts'

export interface Sizes {
  readonly minutes: number
  readonly users: number
  readonly workers: number
  /** Processes that clients live in. */
  readonly processes: number
}

/** The talk gets going before anything happens to it. */
const CALM_MS = 3000
/** How long a place is left alone after its worker was struck: a lease runs out, a successor starts and takes over. */
const RECOVERY_MS = 12_000
/** Long enough for some of the faults below to outlast a lease (4 s), short enough to have many. */
const USUAL_MS = [2000, 15_000] as const

/** Where the profile does not say it, half of all kills come out of the blue. */
const MUTED: readonly Muted[] = ['nobody', 'nobody', 'gateway', 'xmpp']

/** A call is tried three times, so of eight calls one still fails. */
const THROTTLED = 0.5

/** A new process costs half a second of a core, which the rest must not lack for long. */
const FUNCTION_DIES_EVERY_MS = 2000
/** For some of them to die. */
const FUNCTIONS_DIE_MS = [8000, 15_000] as const

/** In a run that was made short no single fault takes up all of it. */
const LONGEST_SHARE = 0.75

/** Until when each place is left alone, in milliseconds since the talk began. */
type Busy = Map<number, number>

/**
 * All faults of a run, oldest first, made before it begins: one seed is one plan. Each trouble is spread evenly over the
 * talk, with some chance in it, and comes as often as the run's minutes allow, but at least once. Those that strike a
 * worker leave the place alone that was struck last; with none at rest the fault waits for the first to be.
 */
export function makePlan(profile: Profile, seed: number, sizes: Sizes): readonly PlannedFault[] {
  const random = mulberry32(seed)
  const talkMs = sizes.minutes * 60_000
  const drawn = profile.troubles.flatMap(trouble =>
    timesOf(trouble, profile, sizes, talkMs, random).map(atMs => ({ atMs, trouble })),
  )
  const busy: Busy = new Map()
  return drawn
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, trouble }) => place(trouble, atMs, { profile, random, sizes, talkMs, busy }))
    .filter(planned => planned.atMs < talkMs)
    .toSorted((a, b) => a.atMs - b.atMs)
}

function timesOf(trouble: Trouble, profile: Profile, sizes: Sizes, talkMs: number, random: Random): number[] {
  if (trouble.times === 'always') return [0]
  // Whoever sleeps alone sleeps as long as can be: the rest of the talk is for what it then has to catch up with.
  if (trouble.kind === 'freeze' && profile.alone !== undefined) return [CALM_MS]
  const count = Math.max(1, Math.round((trouble.times * sizes.minutes) / profile.minutes))
  const span = (talkMs - CALM_MS) / count
  return Array.from({ length: count }, (_, at) => Math.round(CALM_MS + span * (at + 0.8 * random())))
}

interface Placing {
  readonly profile: Profile
  readonly random: Random
  readonly sizes: Sizes
  readonly talkMs: number
  readonly busy: Busy
}

function place(trouble: Trouble, wantedMs: number, placing: Placing): PlannedFault {
  const { random, sizes, busy, talkMs } = placing
  const fault = draw(trouble, placing, talkMs - wantedMs)
  if (!('place' in fault)) return { atMs: wantedMs, fault }
  const places = Array.from({ length: sizes.workers }, (_, at) => at)
  const free = places.filter(at => (busy.get(at) ?? 0) <= wantedMs)
  const restsFirst = places.toSorted((a, b) => (busy.get(a) ?? 0) - (busy.get(b) ?? 0))
  const chosen = free.length > 0 ? pick(random, free) : (restsFirst[0] ?? 0)
  const atMs = Math.max(wantedMs, busy.get(chosen) ?? 0)
  busy.set(chosen, atMs + lengthOf(fault) + RECOVERY_MS)
  return { atMs, fault: { ...fault, place: chosen } }
}

/** The place is chosen later. */
function draw(trouble: Trouble, { random, sizes, profile, talkMs }: Placing, leftMs: number): Fault {
  const longest = Math.max(1000, Math.min(leftMs, LONGEST_SHARE * talkMs))
  const forMs = (range: readonly [number, number]) => Math.round(Math.min(between(random, ...range), longest))
  const lastProcess = profile.alone === undefined ? sizes.processes - 1 : 0
  switch (trouble.kind) {
    case 'kill': {
      const muted = trouble.muted ?? pick(random, MUTED)
      return { kind: 'kill', place: 0, ...(muted !== 'nobody' && { muted }) }
    }
    case 'drain':
      return { kind: 'drain', place: 0 }
    case 'pause':
      return { kind: 'pause', place: 0, forMs: forMs(trouble.ms) }
    case 'partition':
      return {
        kind: 'partition',
        place: 0,
        from: trouble.from ?? pick(random, partners),
        forMs: forMs(USUAL_MS),
      }
    case 'store-outage':
      return {
        kind: 'store-outage',
        how: trouble.how ?? pick(random, ['silent', 'errors']),
        forMs: forMs(trouble.ms),
      }
    case 'store-throttle':
      return { kind: 'store-throttle', rate: THROTTLED, forMs: forMs(USUAL_MS) }
    case 'function-deaths':
      return { kind: 'function-deaths', everyMs: FUNCTION_DIES_EVERY_MS, forMs: forMs(FUNCTIONS_DIE_MS) }
    case 'cut':
      return {
        kind: 'cut',
        sockets: Math.max(1, Math.round(trouble.sockets * sizes.users)),
        share: random(),
      }
    case 'frames': {
      const { reorder, duplicate, drop } = trouble
      return { kind: 'frames', reorder, duplicate, drop, forMs: leftMs }
    }
    case 'posts':
      return { kind: 'posts', status: trouble.status, rate: 0.3, forMs: forMs(USUAL_MS) }
    case 'disconnects':
      return {
        kind: 'disconnects',
        how: trouble.how,
        sockets: someOf(sizes.users),
        share: random(),
        forMs: forMs(USUAL_MS),
      }
    case 'xmpp-restart':
      return { kind: 'xmpp-restart' }
    case 'freeze':
      return { kind: 'freeze', process: between(random, 0, lastProcess), forMs: forMs(trouble.ms) }
    case 'reload':
      return {
        kind: 'reload',
        clients: someOf(sizes.users),
        share: random(),
        how: trouble.how ?? pick(random, ['crash', 'close']),
      }
  }
}

/** A tenth: the others go on, and may talk to them. */
function someOf(users: number): number {
  return Math.max(1, Math.round(users / 10))
}
