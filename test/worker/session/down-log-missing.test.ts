import { expect, test } from 'vitest'
import type { DownLog } from '../../../worker/session/down-log.ts'
import { archived, ATTACHED, DETACHED, jsonOf, logOf, makeLog, NOTHING, seqs, tick } from './log-subject.ts'

test('[DL17] what holds h does so for 400 stanzas; then a successor cannot bring it, and says so', () => {
  const log = logOf([[tick('m')]])
  for (let count = 2; count <= 401; count += 1) log.add(count, [archived(String(count))], 0)
  expect(log.handled(DETACHED, 0)).toBe(1)
  expect(log.missing).toEqual({ hole: 1, lost: 1 })
  log.add(402, [], 0)
  const h = log.handled(DETACHED, 0)
  expect(h).toBe(402)
  expect(log.goOnFrom(0)).toEqual({ seq: 0, resumed: true, gap: undefined })
  const successor = makeLog()
  successor.adopt(h, log.missing)
  expect(successor.missing).toEqual({ hole: 401, lost: 1 })
  expect(successor.goOnFrom(0)).toEqual({ seq: 1, resumed: false, gap: 'not-in-archive' })
  expect(successor.goOnFrom(1)).toEqual({ seq: 401, resumed: false, gap: undefined })
  expect(successor.goOnFrom(401)).toEqual({ seq: 401, resumed: true, gap: undefined })
})

test('[DL18] behind what holds h the archive carries all the same what there is no room for', () => {
  const log = logOf([[tick('m')]])
  for (let count = 2; count <= 300; count += 1) log.add(count, [archived(String(count))], 0)
  expect(log.handled(DETACHED, 0)).toBe(0)
  expect(seqs(log)).toEqual([1, 298, 299, 300])
  expect(log.missing).toEqual(NOTHING)
  log.ack(1)
  expect(log.handled(DETACHED, 0)).toBe(300)
  expect(log.missing).toEqual({ hole: 300, lost: 0 })
  expect(log.goOnFrom(1)).toEqual({ seq: 297, resumed: false, gap: undefined })
})

test('[DL18] with a socket what h has not passed stays: a client that missed the last new stream could jump over what holds h', () => {
  const log = logOf([[tick('m')], ...['a', 'b', 'c', 'd', 'e', 'f'].map(each => [archived(each)])])
  expect(log.handled(ATTACHED, 0)).toBe(0)
  expect(seqs(log)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('[DL19] 300 presences and typing notices behind a tick move h no further, and those before it at once', () => {
  const log = makeLog()
  for (let count = 1; count <= 300; count += 1) log.add(count, [], 0)
  expect(log.handled(DETACHED, 0)).toBe(300)
  log.add(301, [tick('m')], 0)
  for (let count = 302; count <= 600; count += 1) log.add(count, [], 0)
  expect(log.handled(DETACHED, 0)).toBe(300)
})

/** A log whose second stanza tells nothing, and brings a tick of the stream before. */
function carrying(): DownLog {
  const log = logOf([[tick('m')]])
  log.restart()
  log.add(1, [archived('a')], 0)
  log.add(2, [], 0)
  log.add(3, [archived('b')], 0)
  return log
}

test('[DL20] what an earlier stream left holds h, and shares no stanza with a message', () => {
  const log = carrying()
  const told = [{ messageType: 'GAP' }, { id: 'm' }]
  expect(jsonOf(log)).toMatchObject([{ seq: 1, content: 'a' }, { seq: 2, events: told }, { seq: 3 }])
  expect(log.handled(DETACHED, 0)).toBe(1)
  expect(log.missing).toEqual({ hole: 1, lost: 2 })
  log.ack(2)
  expect(log.handled(DETACHED, 0)).toBe(3)
  expect(log.missing).toEqual({ hole: 3, lost: 0 })
})

test('[DL20] a successor has it from nobody: a GAP comes in its place, to who has not had it', () => {
  const log = carrying()
  const successor = makeLog()
  successor.adopt(log.handled(DETACHED, 0), log.missing)
  expect(successor.goOnFrom(1)).toMatchObject({ resumed: true })
  for (const [count, events] of [
    [2, []],
    [3, [archived('b')]],
  ] as const)
    successor.add(count, events, 0)
  expect(jsonOf(successor)).toMatchObject([
    { seq: 2, messageType: 'GAP', reason: 'not-in-archive' },
    { seq: 3, content: 'b' },
  ])
  expect(successor.missing).toEqual({ hole: 1, lost: 2 })
  expect(successor.goOnFrom(2)).toMatchObject({ resumed: true })
  expect(seqs(successor)).toEqual([3])
})

test('[DL20] what still waits for a stanza counts as one that is to come', () => {
  const log = logOf([[tick('m')], [tick('n')]])
  log.restart()
  log.add(1, [archived('a')], 0)
  // A GAP and two ticks.
  expect(log.missing).toEqual({ hole: 0, lost: 4 })
})

test('[DL22] what another worker left to the server, and the server no longer has, is a GAP in the next stream', () => {
  const log = makeLog()
  log.adopt(40, NOTHING)
  expect(log.restart()).toBe(true)
  log.add(1, [], 0)
  expect(jsonOf(log)).toEqual([{ seq: 1, messageType: 'GAP', reason: 'not-in-archive' }])
})

test('[DL21] a message of the archive with something beside it holds h, and what leaves memory of it is lost', () => {
  const log = makeLog()
  for (let count = 1; count <= 1500; count += 1) log.add(count, [archived(String(count)), tick('m')], 0)
  expect(log.handled(DETACHED, 0)).toBe(1100)
  expect(log.missing).toEqual({ hole: 1100, lost: 1100 })
  expect(log.goOnFrom(0)).toEqual({ seq: 500, resumed: false, gap: 'not-in-archive' })
})
