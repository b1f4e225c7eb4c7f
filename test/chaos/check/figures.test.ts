import { expect, test } from 'vitest'
import type { Note } from '../history/entry.ts'
import type { Fault } from '../plan/fault.ts'
import { history } from './by-hand.ts'
import { dropsOf } from './figures.ts'

const closed: Note = { kind: 'closed', socket: 1, code: 1006, byUs: false }

/** How many sockets count as lost by no fault, of one that ends then while a fault goes on from 1 s to 20 s. */
function unasked(fault: Fault, at: number): number {
  return dropsOf(history(['u1', closed, at]), [{ fault, beginAt: 1000, endAt: 20_000 }]).unasked
}

test.each(['lost', 'late'] as const)(
  '[CK11] a $disconnect that is %s excuses no lost socket: only the cut with which it begins does',
  how => {
    const fault = { kind: 'disconnects', how, sockets: 1, share: 0, forMs: 19_000 } as const
    expect([999, 1000, 4000, 4001, 20_000].map(at => unasked(fault, at))).toEqual([1, 0, 0, 1, 1])
  },
)

test('[CK11] clients that are frozen may lose their sockets until they have been awake for a while', () => {
  const fault = { kind: 'freeze', process: 0, forMs: 19_000 } as const
  expect([999, 1000, 20_000, 23_000, 23_001].map(at => unasked(fault, at))).toEqual([1, 0, 0, 0, 1])
})
