import { describe, expect, test } from 'vitest'
import { sessionIdOf } from '../shared/stores/rows.ts'
import { chance, disturb } from './ownership/disturb.ts'
import { Fleet, LEASE_MS, RENEW_MS, type Member } from './ownership/fleet.ts'

const names = Array.from({ length: 60 }, (_, index) => `s${index}`)
const all = names.map(sessionIdOf).toSorted()
/** Three readings, and a row that is one old. */
const BALANCED_MS = 5 * RENEW_MS
const TAKEN_OVER_MS = LEASE_MS + 2 * RENEW_MS

/** Workers that give to each other, of which the first holds all sessions. At every step no session has two who may act for it. */
async function setUp(peers: number, latencyMs = (): number => 0) {
  const fleet = new Fleet(latencyMs)
  const first = await fleet.add('first', { balancing: true })
  fleet.open(first, ...names)
  const others: Member[] = []
  for (let each = 0; each < peers; each += 1) others.push(await add(fleet, `peer${each}`))
  return { fleet, first, others }
}

/** Clocks of machines begin anywhere. */
function add(fleet: Fleet, name: string): Promise<Member> {
  return fleet.add(name, { balancing: true, skewMs: 90_000 * (1 - fleet.members.length) })
}

const held = (...members: readonly Member[]) => members.flatMap(member => member.active).toSorted()
const counts = (fleet: Fleet) => fleet.members.map(member => member.active.length)
const moves = (fleet: Fleet) => fleet.members.reduce((sum, { tenures }) => sum + tenures.adopted.length, 0)

describe('a worker that starts', () => {
  test('[BF1] has its share within seconds, with all that was known of each session', async () => {
    const { fleet, others } = await setUp(1)
    await fleet.turn(BALANCED_MS)
    expect(counts(fleet)).toEqual([30, 30])
    expect(held(...fleet.members)).toEqual(all)
    expect(others[0]?.tenures.adopted.every(each => each.handover)).toBe(true)
  })

  test('[BF2] and when all have theirs, nothing moves any more', async () => {
    const { fleet } = await setUp(2)
    await fleet.turn(2 * BALANCED_MS)
    expect(Math.max(...counts(fleet)) - Math.min(...counts(fleet))).toBeLessThanOrEqual(8)
    const moved = moves(fleet)
    await fleet.turn(10 * BALANCED_MS)
    expect(moves(fleet)).toBe(moved)
  })

  test('[BF3] one after another dies and is replaced: no worker ends up with nearly all', async () => {
    const { fleet } = await setUp(2)
    for (let death = 0; death < 8; death += 1) {
      const [oldest] = fleet.members.filter(member => member.active.length > 0)
      oldest?.kill()
      await add(fleet, `next${death}`)
      await fleet.turn(TAKEN_OVER_MS + 2 * BALANCED_MS)
      const living = counts(fleet).filter(count => count > 0)
      expect(living).toHaveLength(3)
      expect(Math.max(...living)).toBeLessThan(20 + 8)
    }
    expect(held(...fleet.members)).toEqual(all)
  })
})

describe('a peer that hangs', () => {
  /** Just before it is offered sessions, and with most of a lease before it. */
  async function hung() {
    const { fleet, first } = await setUp(0)
    await fleet.turn(RENEW_MS / 2)
    const peer = await add(fleet, 'peer')
    await fleet.turn(1.5 * RENEW_MS - 100)
    expect(moves(fleet)).toBe(0)
    peer.process.pause()
    return { fleet, first, peer }
  }

  test('[BF4] costs those that were offered to it a moment: they come back under a new epoch', async () => {
    const { fleet, first } = await hung()
    await fleet.turn(5000)
    expect(held(first)).toEqual(all)
    const back = first.tenures.adopted
    expect(back).toHaveLength(4)
    for (const each of back) expect(each).toMatchObject({ row: { epoch: 2 }, handover: expect.anything() })
  })

  test('[BF5] and wakes: what it is late with stays where it is, the rest comes when it answers again', async () => {
    const { fleet, first, peer } = await hung()
    await fleet.turn(5000)
    peer.process.goOn()
    await fleet.turn(RENEW_MS)
    expect(held(first)).toEqual(all)
    await fleet.turn(60_000 + BALANCED_MS)
    expect(counts(fleet)).toEqual([30, 30])
  })

  test('[BF6] and wakes before anybody asks: what it takes then it keeps', async () => {
    const tookLate: number[] = []
    for (const pausedMs of [2500, 2900, 3000, 3100, 3200, 3300, 3400, 3500, 4000, 4500]) {
      const { fleet, first, peer } = await hung()
      await fleet.turn(pausedMs)
      peer.process.goOn()
      await fleet.turn(100)
      if (first.tenures.count === 56) tookLate.push(peer.tenures.count)
      await fleet.turn(60_000 + BALANCED_MS)
      expect(held(first, peer)).toEqual(all)
    }
    expect(tookLate).toContain(4)
  })
})

test('[BF7] told to stop amid a pass a worker gives everything away all the same', async () => {
  const { fleet, first, others } = await setUp(2, () => 150)
  await fleet.turn(3 * RENEW_MS)
  expect(first.tenures.count).toBeLessThan(60)
  expect(first.tenures.count).toBeGreaterThan(20)
  await fleet.stop(first)
  await fleet.turn(TAKEN_OVER_MS)
  expect(held(...others)).toEqual(all)
})

test('[BF8] pauses, cuts and slow tables in any order: never two for one session, and in the end one for each', async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const random = chance(seed)
    const { fleet } = await setUp(2, () => 400 * random() ** 2)
    await disturb(fleet, random)
    // A peer that gave no answer is avoided for the first minute of it.
    await fleet.turn(90_000)
    expect(held(...fleet.members), `seed ${seed}`).toEqual(all)
    expect(Math.max(...counts(fleet)), `seed ${seed}`).toBeLessThan(20 + 8)
  }
})
