import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { lengthOf, type Fault, type FaultKind, type PlannedFault } from './fault.ts'
import { makePlan, type Sizes } from './plan.ts'
import { profileNames, profiles, type Muted } from './profiles.ts'

const sizes: Sizes = { minutes: 10, users: 100, workers: 3, processes: 4 }

/** All that can go wrong. The type holds it to be complete in kinds. */
const waysOf: Record<FaultKind, readonly object[]> = {
  kill: [{ muted: 'nobody' }, { muted: 'gateway' }, { muted: 'xmpp' }],
  drain: [{}],
  pause: [{}],
  partition: [{ from: 'dynamodb' }, { from: 'xmpp' }, { from: 'gateway' }],
  'store-outage': [{ how: 'silent' }, { how: 'errors' }],
  'store-throttle': [{ rate: 0.5 }],
  'function-deaths': [{}],
  cut: [{}],
  frames: [{ reorder: 0.05, duplicate: 0.02, drop: 0.005 }],
  posts: [{ status: 429 }, { status: 500 }],
  disconnects: [{ how: 'lost' }, { how: 'late' }],
  'xmpp-restart': [{}],
  freeze: [{}],
  reload: [{ how: 'crash' }, { how: 'close' }],
}
const ways = Object.entries(waysOf).flatMap(([kind, of]) => of.map(way => ({ kind, ...way })))

/** With the way named that a kill has when nothing is said. */
function withWay(fault: Fault): object {
  return fault.kind === 'kill' ? { muted: 'nobody', ...fault } : fault
}

function times(plan: readonly PlannedFault[], kind: FaultKind): number {
  return plan.filter(({ fault }) => fault.kind === kind).length
}

describe('a plan', () => {
  test('[CP1] one seed is one plan, another seed another', () => {
    expect(makePlan(profiles.mixed, 7, sizes)).toEqual(makePlan(profiles.mixed, 7, sizes))
    expect(makePlan(profiles.mixed, 7, sizes)).not.toEqual(makePlan(profiles.mixed, 8, sizes))
  })

  test.each(profileNames)('[CP2] %s comes in order and within the talk', name => {
    const { minutes } = profiles[name]
    const plan = makePlan(profiles[name], 1, { ...sizes, minutes })
    expect(plan).toEqual(plan.toSorted((a, b) => a.atMs - b.atMs))
    for (const { atMs, fault } of plan) {
      expect(atMs).toBeLessThan(minutes * 60_000)
      expect(atMs + lengthOf(fault)).toBeLessThanOrEqual(minutes * 60_000 + 12_000)
    }
  })

  test('[CP3] twenty kills in ten minutes, a thousand cut sockets, a hundred pauses', () => {
    expect(times(makePlan(profiles.kills, 1, sizes), 'kill')).toBe(20)
    expect(times(makePlan(profiles.pauses, 1, { ...sizes, minutes: 20 }), 'pause')).toBe(100)
    const cuts = makePlan(profiles.cuts, 1, sizes)
    const sockets = cuts.reduce((sum, { fault }) => sum + (fault.kind === 'cut' ? fault.sockets : 0), 0)
    expect(sockets).toBe(1000)
  })

  test('[CP4] a shorter run has as many faults as its minutes allow, and each kind at least once', () => {
    const plan = makePlan(profiles.mixed, 3, { ...sizes, minutes: 2 })
    expect(times(plan, 'drain')).toBe(1)
    expect(times(plan, 'xmpp-restart')).toBe(1)
  })

  /** What CX1 runs. */
  const shortest: Sizes = { minutes: 2, users: 10, workers: 3, processes: 3 }
  const seeds = Array.from({ length: 50 }, (_, at) => at)

  test.each([shortest, sizes])(
    '[CP7] $minutes minutes of everything have each fault in each of its ways',
    of => {
      for (const seed of seeds) {
        const faults = makePlan(profiles.mixed, seed, of).map(({ fault }) => withWay(fault))
        for (const way of ways) expect(faults, `seed ${seed}`).toContainEqual(expect.objectContaining(way))
      }
    },
  )

  test('[CP8] what a plan leaves open is drawn, what a profile names is kept', () => {
    const from = (plan: readonly PlannedFault[]) =>
      plan.flatMap(({ fault }) => (fault.kind === 'partition' ? fault.from : []))
    const troubles = [{ kind: 'partition', times: 20 }] as const
    const drawn = makePlan({ ...profiles.mixed, troubles }, 1, sizes)
    expect(new Set(from(drawn))).toEqual(new Set(['dynamodb', 'xmpp', 'gateway']))
    const named = makePlan({ ...profiles.mixed, troubles: [{ ...troubles[0], from: 'xmpp' }] }, 1, sizes)
    expect(new Set(from(named))).toEqual(new Set(['xmpp']))
  })

  test('[CP9] how a kill is muted is drawn where the profile leaves it open, and kept where it is named', () => {
    const muted = (of: Muted | undefined) => {
      const troubles = [{ kind: 'kill', times: 40, ...(of !== undefined && { muted: of }) }] as const
      const plan = makePlan({ ...profiles.kills, troubles }, 1, { ...sizes, workers: 40 })
      return Map.groupBy(plan, ({ fault }) => (fault.kind === 'kill' ? fault.muted : undefined))
    }
    expect(new Set(muted(undefined).keys())).toEqual(new Set([undefined, 'gateway', 'xmpp']))
    expect([...muted('nobody').keys()]).toEqual([undefined])
    expect([...muted('xmpp').keys()]).toEqual(['xmpp'])
  })

  // Of all but `mixed`, which changes with each fault that is added.
  test.each([
    ['kills', 'cce3c9768a2a'],
    ['drains', '8b2b2a8514a9'],
    ['pauses', 'bf8509abcb9b'],
    ['cuts', 'dff1dfcc5dc6'],
    ['frames', 'd1966a245073'],
    ['herd', '473950f5ae1a'],
    ['restarts', '1939c2fb81bf'],
    ['reloads', '47dab4863de5'],
    ['services', 'a88867167b99'],
    ['sleep', '03c08254574b'],
    ['night', '03c08254574b'],
  ] as const)(
    '[CP10] a seed of %s keeps its plan: a run that is on record can be made again',
    (name, digest) => {
      const { minutes, users } = profiles[name]
      const plan = makePlan(profiles[name], 1, { minutes, users, workers: 3, processes: 3 })
      expect(createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 12)).toBe(digest)
    },
  )

  test('[CP5] a worker is not struck again before it could recover', () => {
    const plan = makePlan(profiles.pauses, 5, { ...sizes, minutes: 20 })
    for (const place of [0, 1, 2]) {
      const strikes = plan.filter(({ fault }) => 'place' in fault && fault.place === place)
      for (const [at, { atMs, fault }] of strikes.entries()) {
        const next = strikes[at + 1]
        if (next !== undefined) expect(next.atMs - (atMs + lengthOf(fault))).toBeGreaterThanOrEqual(12_000)
      }
    }
  })

  test('[CP6] whoever sleeps alone is in the first process, from the beginning, but not for all of the talk', () => {
    const plan = makePlan(profiles.sleep, 1, { ...sizes, minutes: 1, users: 5 })
    expect(plan).toEqual([{ atMs: 3000, fault: { kind: 'freeze', process: 0, forMs: 45_000 } }])
  })
})
