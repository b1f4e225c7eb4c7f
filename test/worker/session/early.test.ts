import { expect, test } from 'vitest'
import { readPlaced } from '../../../worker/session/sequenced.ts'
import { Early, type Sequenced } from '../../../worker/session/early.ts'

function aFrame(seq: number, more: object = {}): Sequenced {
  const frame = { messageType: 'NEW_MESSAGE', seq, id: `m${seq}`, to: 'jose', content: 'text', ...more }
  const placed = readPlaced(frame)
  if (placed.seq === undefined) throw new Error('This frame has no place.')
  return placed.frame
}

const aPart = (index: number, of: number) => aFrame(1, { part: [index, of] })

test('[EA1] who waits for a number that is missing waits 2 s, whatever else comes meanwhile', () => {
  const early = new Early()
  expect(early.untilMs(1)).toBeUndefined()
  early.put(2, aFrame(2), 1000)
  early.put(3, aFrame(3, { part: [1, 2] }), 2500)
  expect(early.untilMs(1)).toBe(3000)
})

test('[EA2] a text that comes in parts has 10 s from each new part, and none from one that comes again', () => {
  const early = new Early()
  early.put(1, aPart(1, 3), 1000)
  expect(early.untilMs(1)).toBe(11_000)
  early.put(1, aPart(2, 3), 9000)
  early.put(2, aFrame(2), 9500)
  early.put(1, aPart(1, 3), 10_000)
  expect(early.untilMs(1)).toBe(19_000)
})

test('[EA2] when it is whole, what waits behind it has its own time', () => {
  const early = new Early()
  early.put(1, aPart(1, 2), 1000)
  early.put(3, aFrame(3), 1000)
  early.put(1, aPart(2, 2), 9000)
  expect(early.take(1, 9000)).toMatchObject({ read: { frame: { content: 'texttext' } } })
  expect(early.untilMs(2)).toBe(11_000)
  expect(early.take(3, 9500)).toMatchObject({ id: 'm3' })
  expect(early.untilMs(4)).toBeUndefined()
})

test('[EA3] a client that trickles has an end: a frame has its parts, each counts once, and there is no more room', () => {
  const early = new Early()
  const last = Array.from({ length: 31 }, (_, index) => {
    early.put(1, aPart(index + 1, 32), index * 9999)
    early.put(1, aPart(index + 1, 32), index * 9999 + 5000)
    return early.untilMs(1)
  }).at(-1)
  expect(last).toBe(30 * 9999 + 10_000)
})

test('[EA4] what waits takes its room as a whole, its address too, and what was taken leaves it', () => {
  const early = new Early()
  const long = 'x'.repeat(28_000)
  const tries = Array.from({ length: 10 }, (_, index) =>
    early.put(index + 2, aFrame(index + 2, { to: long }), 0),
  )
  expect(tries.filter(result => result === 'waits')).toHaveLength(9)
  expect(tries.at(-1)).toBe('full')
  early.take(2, 0)
  expect(early.put(20, aFrame(20, { content: long }), 0)).toBe('waits')
})
