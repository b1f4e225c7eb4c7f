import { describe, expect, test } from 'vitest'
import { sessionIdOf } from '../shared/stores/rows.ts'
import { chance, disturb } from './ownership/disturb.ts'
import { Fleet, LEASE_MS, RENEW_MS } from './ownership/fleet.ts'

const names = Array.from({ length: 30 }, (_, index) => `s${index}`)
/** A death is noticed after a whole lease, by a look every 2 s, and what is left of it is taken in the next pass. */
const TAKEN_OVER_MS = LEASE_MS + 2 * RENEW_MS

/** Three workers, of which the first holds sessions. At every step no session has two who may act for it. */
async function setUp({ latencyMs = (): number => 0 } = {}) {
  const fleet = new Fleet(latencyMs)
  const first = await fleet.add('first')
  const second = await fleet.add('second', { skewMs: 600_000 })
  const third = await fleet.add('third', { skewMs: -90_000 })
  fleet.open(first, ...names)
  await fleet.turn(7000)
  return { fleet, first, second, third }
}

const held = (...members: { readonly active: readonly string[] }[]) =>
  members.flatMap(member => member.active).toSorted()
const all = names.map(sessionIdOf).toSorted()

describe('a worker that dies', () => {
  test('[OW1] its sessions go on at its peers, each at one', async () => {
    const { fleet, first, second, third } = await setUp()
    first.kill()
    await fleet.turn(TAKEN_OVER_MS)
    expect(held(second, third)).toEqual(all)
    expect(second.active.length).toBeGreaterThan(0)
    expect(third.active.length).toBeGreaterThan(0)
  })

  test('[OW2] with all workers dead the next one to start takes everything', async () => {
    const { fleet, first, second, third } = await setUp()
    for (const each of [first, second, third]) each.kill()
    await fleet.turn(120_000)
    const next = await fleet.add('next')
    await fleet.turn(TAKEN_OVER_MS)
    expect(held(next)).toEqual(all)
  })

  test('[OW3] nobody takes more than it has room for', async () => {
    const { fleet, first, second, third } = await setUp()
    const small = await fleet.add('small', { maxSessions: 5 })
    second.kill()
    third.kill()
    await fleet.turn(TAKEN_OVER_MS)
    first.kill()
    await fleet.turn(30_000)
    expect(held(small)).toHaveLength(5)
  })

  test('[OW4] a worker that dies amid a take-over is taken over in turn', async () => {
    const { fleet, first, second, third } = await setUp()
    first.kill()
    await fleet.turn(LEASE_MS + RENEW_MS)
    second.kill()
    await fleet.turn(TAKEN_OVER_MS + RENEW_MS)
    expect(held(third)).toEqual(all)
  })
})

describe('a worker that is paused', () => {
  test('[OW5] for less than a lease it keeps what it has', async () => {
    const { fleet, first } = await setUp()
    first.process.pause()
    await fleet.turn(3500)
    first.process.goOn()
    await fleet.turn(20_000)
    expect(held(first)).toEqual(all)
    expect(first.tenures.lost).toEqual([])
  })

  test('[OW6] for longer it wakes fenced, loses what was taken, and is a good peer again', async () => {
    const { fleet, first, second, third } = await setUp()
    first.process.pause()
    await fleet.turn(30_000)
    expect(first.active).toEqual([])
    expect(held(second, third)).toEqual(all)
    first.process.goOn()
    await fleet.turn(3000)
    expect(first.tenures.lost.toSorted()).toEqual(all)
    expect(first.fence.open).toBe(true)
    second.kill()
    await fleet.turn(TAKEN_OVER_MS)
    expect(held(first, third)).toEqual(all)
  })

  test('[OW7] woken while its peers are taking over it keeps what they have not taken yet, and each has one owner', async () => {
    for (const pausedMs of [6000, 7000, 7900, 8000, 8100, 8500, 9000]) {
      const { fleet, first, second, third } = await setUp()
      first.process.pause()
      await fleet.turn(pausedMs)
      first.process.goOn()
      await fleet.turn(20_000)
      expect(held(first, second, third)).toEqual(all)
    }
  })
})

describe('a worker that is cut off from the tables', () => {
  test('[OW8] is fenced before its peers take over, and loses only what they took', async () => {
    const { fleet, first, second, third } = await setUp()
    first.way = 'cut'
    await fleet.turn(5000)
    expect(first.fence.open).toBe(false)
    await fleet.turn(55_000)
    expect(held(second, third)).toEqual(all)
    first.way = 'open'
    await fleet.turn(3000)
    expect(first.tenures.count).toBe(0)
    expect(held(second, third)).toEqual(all)
  })

  test('[OW9] all at once, for a minute: nobody loses anything', async () => {
    const { fleet, first, second, third } = await setUp()
    for (const each of fleet.members) each.way = 'cut'
    await fleet.turn(60_000)
    expect(held(first, second, third)).toEqual([])
    for (const each of fleet.members) each.way = 'open'
    await fleet.turn(3000)
    expect(held(first)).toEqual(all)
    expect(first.tenures.lost).toEqual([])
  })

  test('[OW10] all at once, and back one after the other: still nobody loses anything that came back within a lease', async () => {
    const { fleet, first, second, third } = await setUp()
    for (const each of fleet.members) each.way = 'cut'
    await fleet.turn(60_000)
    for (const each of [second, third, first]) {
      each.way = 'open'
      await fleet.turn(1500)
    }
    await fleet.turn(20_000)
    expect(held(first)).toEqual(all)
  })

  test('[OW11] answers that are lost, not questions: no session is left to nobody', async () => {
    const { fleet, first, second, third } = await setUp()
    first.kill()
    await fleet.turn(LEASE_MS + RENEW_MS - 200)
    second.way = 'answers-lost'
    await fleet.turn(2500)
    second.way = 'open'
    await fleet.turn(TAKEN_OVER_MS)
    expect(held(second, third)).toEqual(all)
  })
})

describe('a worker that is told to stop', () => {
  test('[OW12] gives everything to its peers, and nobody is without an owner for longer than a claim', async () => {
    const { fleet, first, second, third } = await setUp()
    await fleet.stop(first)
    expect(held(second, third)).toEqual(all)
    expect([second, third].flatMap(each => each.tenures.adopted).every(each => each.handover)).toBe(true)
  })

  test('[OW13] one after the other, each to those that are left', async () => {
    const { fleet, first, second, third } = await setUp()
    await fleet.stop(first)
    await fleet.stop(second)
    expect(held(third)).toEqual(all)
  })

  test('[OW14] with a peer that hangs: what that one may have goes on at the others all the same', async () => {
    const { fleet, first, second, third } = await setUp()
    second.process.pause()
    await fleet.stop(first)
    await fleet.turn(TAKEN_OVER_MS)
    expect(held(third)).toEqual(all)
    second.process.goOn()
    await fleet.turn(TAKEN_OVER_MS)
    expect(held(second, third)).toEqual(all)
  })

  test('[OW15] with nobody left: the next worker finds what it held', async () => {
    const { fleet, first, second, third } = await setUp()
    second.kill()
    third.kill()
    await fleet.stop(first)
    const next = await fleet.add('next')
    await fleet.turn(TAKEN_OVER_MS)
    expect(held(next)).toEqual(all)
  })
})

test('[OW16] wall clocks that are minutes apart change nothing', async () => {
  const { fleet, first, second, third } = await setUp()
  await fleet.turn(120_000)
  expect(held(first)).toEqual(all)
  expect([second, third].flatMap(each => each.tenures.adopted)).toEqual([])
})

test('[OW17] pauses, cuts and slow tables in any order: never two for one session, and in the end one for each', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = chance(seed)
    const { fleet } = await setUp({ latencyMs: () => 400 * random() ** 2 })
    await disturb(fleet, random)
    await fleet.turn(60_000)
    expect(held(...fleet.members), `seed ${seed}`).toEqual(all)
  }
})
