import { expect, test } from 'vitest'
import type { DownFrame } from '../../../shared/wire/down.ts'
import { DownLog } from '../../../worker/session/down-log.ts'
import {
  archived,
  ATTACHED,
  DETACHED,
  itemsOf,
  jsonOf,
  LIMITS,
  logOf,
  makeLog,
  message,
  NOTHING,
  seqs,
  tick,
} from './log-subject.ts'

test('[DL1] h passes a stanza without events, and stops at the first that the client has not acknowledged', () => {
  const log = logOf([[], [archived('a')], [], [archived('b')]])
  expect(log.handled(ATTACHED, 0)).toBe(1)
  log.ack(2)
  expect(log.handled(ATTACHED, 0)).toBe(3)
  log.ack(4)
  expect(log.handled(ATTACHED, 0)).toBe(4)
  expect(log.missing).toEqual(NOTHING)
})

test('[DL2] while there is no socket h passes what the archive has, and remembers so', () => {
  const log = logOf([[archived('a')], [], [archived('b')], []])
  expect(log.handled(DETACHED, 0)).toBe(4)
  expect(log.missing).toEqual({ hole: 3, lost: 0 })
  expect(seqs(log)).toEqual([1, 3])
})

test.each<[what: string, event: DownFrame]>([
  ['message', message('b')],
  ['receipt', tick('m')],
  ['error', { messageType: 'STATE', id: 'm', state: 'failed', code: 'recipient-unavailable' }],
  ['request', { messageType: 'SUBSCRIPTION', from: 'joe' }],
])('[DL3] what no archive has holds h, with a socket or without: a %s', (_what, event) => {
  const log = logOf([[archived('a')], [event], [archived('c')], []])
  expect(log.handled(DETACHED, 0)).toBe(1)
  expect(log.handled(ATTACHED, 60_000)).toBe(1)
  log.ack(2)
  expect(log.handled(DETACHED, 60_000)).toBe(4)
  expect(log.missing).toEqual({ hole: 3, lost: 0 })
})

test('[DL3] where there is no archive each message holds h', () => {
  expect(logOf([[archived('a')]], false).handled(DETACHED, 0)).toBe(0)
})

test('[DL4] h passes an archived message once it is unacknowledged for 30 s', () => {
  const log = logOf([[archived('a')]])
  expect(log.handled(ATTACHED, 29_999)).toBe(0)
  expect(log.handled(ATTACHED, 30_000)).toBe(1)
  expect(log.goOnFrom(0)).toMatchObject({ resumed: true })
})

test('[DL5] h passes and the oldest archived leave memory once there are more than the window', () => {
  const log = logOf([[archived('a')], [archived('b')], [archived('c')], [archived('d')]])
  expect(log.handled(ATTACHED, 0)).toBe(0)
  log.add(5, [archived('e')], 0)
  expect(log.handled(ATTACHED, 0)).toBe(5)
  expect(seqs(log)).toEqual([2, 3, 4, 5])
  expect(log.goOnFrom(0)).toEqual({ seq: 1, resumed: false, gap: undefined })
  expect(log.goOnFrom(1)).toEqual({ seq: 1, resumed: true, gap: undefined })
})

test('[DL6] what no archive has stays in memory, and what has left behind it has a place', () => {
  const log = logOf([[tick('m')], ...['a', 'b', 'c', 'd', 'e', 'f'].map(each => [archived(each)])])
  log.handled(DETACHED, 0)
  expect(seqs(log)).toEqual([1, 5, 6, 7])
  expect(log.goOnFrom(0)).toEqual({ seq: 0, resumed: true, gap: undefined })
  expect(log.after(0)).toMatchObject([
    { seq: 1, kind: 'state' },
    { seq: 4, kind: 'gone' },
    { seq: 5 },
    {},
    {},
  ])
  expect(log.goOnFrom(1)).toEqual({ seq: 4, resumed: false, gap: undefined })
})

test('[DL7] without an archive h follows 400 stanzas behind, and a message is kept until memory has no room', () => {
  const log = makeLog(false)
  for (let count = 1; count <= 1000; count += 1) log.add(count, [message(String(count))], 0)
  expect(log.handled(DETACHED, 0)).toBe(600)
  expect(log.goOnFrom(0)).toMatchObject({ resumed: true })
  for (let count = 1001; count <= 1010; count += 1) log.add(count, [message(String(count))], 0)
  expect(log.handled(DETACHED, 0)).toBe(610)
  expect(log.goOnFrom(9)).toEqual({ seq: 10, resumed: false, gap: 'no-archive' })
  expect(log.goOnFrom(10)).toMatchObject({ resumed: true })
})

test('[DL8] of too much that only memory has, the oldest ticks go first, and leave a gap', () => {
  const log = logOf([[message('a')]])
  for (let count = 2; count <= 1500; count += 1) log.add(count, [tick(String(count))], 0)
  log.handled(DETACHED, 0)
  expect(seqs(log).slice(0, 2)).toEqual([1, 502])
  expect(log.goOnFrom(0)).toMatchObject({ resumed: true })
  expect(log.goOnFrom(1)).toEqual({ seq: 501, resumed: false, gap: 'not-in-archive' })
})

test('[DL9] a lost message of no archive is a gap even where there is an archive', () => {
  const log = logOf([[message('x'.repeat(200_000))], [message('y'.repeat(250_000))]])
  expect(log.handled(ATTACHED, 0)).toBe(2)
  expect(log.goOnFrom(0)).toEqual({ seq: 1, resumed: false, gap: 'not-in-archive' })
})

test('[DL10] a successor goes on exactly for who has all that h passed, and in the archive for others', () => {
  const successor = makeLog()
  successor.adopt(40, { hole: 30, lost: 0 })
  expect(successor.isRepeat(40)).toBe(true)
  expect(successor.isRepeat(41)).toBe(false)
  expect(successor.goOnFrom(29)).toEqual({ seq: 30, resumed: false, gap: undefined })
  expect(successor.goOnFrom(30)).toEqual({ seq: 30, resumed: true, gap: undefined })
})

test('[DL11] a client that is ahead of a successor gets nothing twice', () => {
  const log = makeLog()
  log.adopt(40, NOTHING)
  expect(log.goOnFrom(42)).toEqual({ seq: 42, resumed: true, gap: undefined })
  for (const count of [41, 42, 43]) log.add(count, [archived(String(count))], 0)
  expect(seqs(log, 42)).toEqual([43])
  expect(log.handled(ATTACHED, 0)).toBe(42)
})

test('[DL12] an acknowledgement of more than there was is cut, and a stand that cannot be is not believed', () => {
  const log = logOf([[archived('a')]])
  log.ack(1_000_000)
  log.add(2, [archived('b')], 0)
  expect(seqs(log)).toEqual([2])
  expect(log.goOnFrom(1_000_000)).toMatchObject({ seq: 1, resumed: false })
})

const GAP = { messageType: 'GAP', reason: 'not-in-archive' }

test('[DL13] a new stream counts from 1, and brings along what no archive has of the old one', () => {
  const log = logOf([[archived('a')], [tick('m')]])
  log.restart()
  expect(log.handled(ATTACHED, 0)).toBe(0)
  expect(log.goOnFrom(undefined)).toEqual({ seq: 0, resumed: false, gap: undefined })
  log.add(1, [], 0)
  expect(jsonOf(log)).toEqual([{ seq: 1, events: [GAP, tick('m')] }])
  expect(log.handled(ATTACHED, 0)).toBe(0)
})

test('[DL14] what the server had yet to send on the old stream is a gap in the new one, told once until the client has it', () => {
  const log = logOf([[archived('a')]])
  log.ack(1)
  for (const seq of [1, 2]) {
    expect(log.restart()).toBe(true)
    log.add(seq, [], 0)
    expect(jsonOf(log)).toEqual([{ seq, ...GAP }])
    expect(log.missing).toMatchObject({ lost: seq })
  }
  log.ack(2)
  expect(log.missing).toMatchObject({ lost: 0 })
})

test('[DL14] without an archive the RESET tells that, and nothing comes behind it', () => {
  const log = makeLog(false)
  log.adopt(40, NOTHING)
  expect(log.restart()).toBe(false)
  log.add(1, [], 0)
  expect(log.goOnFrom(undefined)).toMatchObject({ gap: 'no-archive' })
  expect(jsonOf(log)).toEqual([])
})

test('[DL15] a long text is one stanza in several items; the last has the other events with it', () => {
  const log = new DownLog({ ...LIMITS, maxContentBytes: 12 }, () => true)
  log.add(7, [tick('m'), archived('0123456789abc')], 0)
  expect(itemsOf(log)).toMatchObject([
    { seq: 7, more: true },
    { seq: 7, more: false },
  ])
  expect(jsonOf(log)).toMatchObject([
    { seq: 7, content: '0123456789', part: [1, 2] },
    { seq: 7, events: [{ messageType: 'STATE' }, { content: 'abc', part: [2, 2] }] },
  ])
})

test('[DL16] h never goes back', () => {
  const log = logOf([[archived('a')]])
  expect(log.handled(DETACHED, 0)).toBe(1)
  log.add(2, [archived('b')], 0)
  expect(log.handled(ATTACHED, 0)).toBe(1)
})
