import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fairShares } from '../../worker/fair-shares.ts'
import { workerRowOf } from '../shared/stores/rows.ts'

interface Holding {
  readonly sessions: number
  readonly maxSessions?: number
}

const rowsOf = (holdings: readonly Holding[]) =>
  holdings.map((holding, index) => workerRowOf(`p${index}`, { maxSessions: 2000, ...holding }))

/** How many each of the peers is to be given. */
function given(own: number, ...peers: readonly (number | Holding)[]): number[] {
  const rows = rowsOf(peers.map(each => (typeof each === 'number' ? { sessions: each } : each)))
  const shares = fairShares(own, rows)
  return rows.map(row => shares.find(share => share.row === row)?.room ?? 0)
}

describe('what is given', () => {
  test('[FS1] nothing without peers, or to peers that hold as many', () => {
    expect(fairShares(1000, [])).toEqual([])
    expect(given(0, 0, 0)).toEqual([0, 0])
    expect(given(100, 100, 100)).toEqual([0, 0])
  })

  test('[FS2] what is above the mean, to those below it and up to it', () => {
    expect(given(80, 10, 0)).toEqual([20, 30])
    expect(given(80, 40, 0)).toEqual([0, 40])
  })

  test('[FS3] nothing while all are within 8 sessions of the mean', () => {
    expect(given(15, 0)).toEqual([0])
    expect(given(16, 0)).toEqual([8])
  })

  test('[FS4] nor within a fifth of it', () => {
    expect(given(119, 81)).toEqual([0])
    expect(given(120, 80)).toEqual([20])
  })

  test('[FS5] to one that lacks much, though nobody has much too much', () => {
    const others = Array.from({ length: 8 }, () => 100)
    expect(given(100, ...others, 0)).toEqual([...others.map(() => 0), 7])
  })

  test('[FS6] by none that is not above the mean itself', () => {
    expect(given(50, 150, 0)).toEqual([0, 0])
    expect(given(0, 100)).toEqual([0])
  })

  test('[FS7] no more than a peer has room for', () => {
    expect(given(100, { sessions: 0, maxSessions: 10 })).toEqual([10])
    expect(given(100, { sessions: 20, maxSessions: 10 })).toEqual([0])
  })

  test('[FS8] at most 64 at a time to one peer, from all together', () => {
    expect(given(1000, 0)).toEqual([64])
    expect(given(1000, 0, 0)).toEqual([64, 64])
    expect(given(1000, 1000, 0)).toEqual([0, 32])
  })

  test('[FS9] at least one at a time, however many give', () => {
    const many = Array.from({ length: 98 }, () => 1000)
    expect(given(1000, ...many, 0).at(-1)).toBe(1)
  })
})

const sessions = fc.oneof(fc.nat(60), fc.nat(2000))
const holding = fc.record({ sessions, maxSessions: fc.constantFrom(50, 500, 2000, 4000) })
const holdings = fc.array(holding, { minLength: 1, maxLength: 12 })

/** All decide on the same numbers and give at once. */
function step(fleet: readonly Holding[]): readonly Holding[] {
  const rows = rowsOf(fleet)
  const after = fleet.map(each => each.sessions)
  for (const [index, { sessions: own }] of rows.entries()) {
    for (const { row, room } of fairShares(own, rows.toSpliced(index, 1))) {
      after[index] = (after[index] ?? 0) - room
      const to = rows.indexOf(row)
      after[to] = (after[to] ?? 0) + room
    }
  }
  return fleet.map((each, index) => ({ ...each, sessions: after[index] ?? 0 }))
}

const meanOf = (fleet: readonly Holding[]) =>
  fleet.reduce((sum, each) => sum + each.sessions, 0) / fleet.length

describe('of any fleet whose workers decide at once', () => {
  test('[FS10] nobody who gives gets below the mean, and nobody who receives above it or above its room', () => {
    fc.assert(
      fc.property(holdings, fleet => {
        const mean = meanOf(fleet)
        for (const [index, { sessions: after }] of step(fleet).entries()) {
          const { sessions: before, maxSessions = 0 } = fleet[index] ?? { sessions: 0 }
          // Of numbers with a fraction the last bit is lost now and then.
          if (after < before) expect(after).toBeGreaterThan(mean - 1e-6)
          if (after > before) expect(after).toBeLessThan(Math.min(mean, maxSessions) + 1e-6)
        }
      }),
    )
  })

  test('[FS11] they come to rest, and no more are moved than were missing', () => {
    fc.assert(
      fc.property(holdings, start => {
        const missing = start.reduce((sum, each) => sum + Math.max(0, meanOf(start) - each.sessions), 0)
        let fleet: readonly Holding[] = start
        let moved = 0
        let moves = Infinity
        for (let passes = 0; moves > 0; passes += 1) {
          const next = step(fleet)
          moves = next.reduce((sum, { sessions: now }, index) => {
            return sum + Math.max(0, now - (fleet[index]?.sessions ?? 0))
          }, 0)
          moved += moves
          fleet = next
          expect(passes).toBeLessThan(200)
        }
        expect(moved).toBeLessThanOrEqual(missing + 1e-6)
      }),
    )
  })

  test('[FS12] at rest one of two or three holds at most 8 more than the mean, or a fifth', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ sessions }), { minLength: 2, maxLength: 3 }), start => {
        let fleet: readonly Holding[] = start
        for (let passes = 0; passes < 100; passes += 1) fleet = step(fleet)
        const mean = meanOf(fleet)
        for (const each of fleet) expect(each.sessions - mean).toBeLessThan(Math.max(8, mean / 5) + 1)
      }),
    )
  })
})
