import { describe, expect, test } from 'vitest'
import { sleep } from '../../shared/clock.ts'
import type { ClaimOutcome } from '../../shared/handoff/outcomes.ts'
import type { WorkerRow } from '../../shared/stores/workers.ts'
import { drain } from '../../worker/drain.ts'
import { sessionIdOf, sessionRowOf, workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { keptLog } from '../support/log.ts'
import { FakeTenures } from './ownership/fake-tenures.ts'
import { turn } from './ownership/turn.ts'

const STARTED_AT = 1000
const younger = workerRowOf('younger', { startedAt: 2000 })
const youngest = workerRowOf('youngest', { startedAt: 3000 })
const older = workerRowOf('older', { startedAt: 500 })
const NO_ANSWER: ClaimOutcome = { kind: 'unanswered', cause: new Error('no answer in time') }
const UNREACHABLE: ClaimOutcome = { kind: 'unreachable', cause: new Error('refused') }

type Answer = (peer: WorkerRow, clock: FakeClock) => ClaimOutcome | Promise<ClaimOutcome>

function setUp(sessions: number, peers: readonly WorkerRow[], answer: Answer = () => ({ kind: 'claimed' })) {
  const clock = new FakeClock()
  const tenures = new FakeTenures()
  for (let each = 0; each < sessions; each += 1) tenures.hold(sessionRowOf(`s${each}`))
  const offered: { peer: string; sessionId: string }[] = []
  const lines: string[] = []
  const state = { peers, under: 0, most: 0, over: false }
  const done = drain({
    startedAt: STARTED_AT,
    tenures,
    listPeers: async () => state.peers,
    offer: async (peer, { sessionId }) => {
      offered.push({ peer: peer.workerId, sessionId })
      state.under += 1
      state.most = Math.max(state.most, state.under)
      const outcome = await answer(peer, clock)
      state.under -= 1
      return outcome
    },
    withinMs: 90_000,
    clock,
    log: keptLog(lines),
  }).then(() => (state.over = true))
  const summary = () => {
    const line = lines.find(each => each.includes('"drained"')) ?? '{}'
    const { held, given, parked, left } = JSON.parse(line) as Record<string, number>
    return { held, given, parked, left }
  }
  return { clock, tenures, offered, state, done, summary }
}

const offersTo = (offered: readonly { peer: string }[], peer: WorkerRow) =>
  offered.filter(each => each.peer === peer.workerId).length

describe('with peers', () => {
  test('[DR1] every session is given away, 16 at a time', async () => {
    const slow = Promise.withResolvers<void>()
    const { clock, tenures, state, done, summary } = setUp(100, [younger], async () => {
      await slow.promise
      return { kind: 'claimed' }
    })
    await turn(clock, 100)
    expect(state.most).toBe(16)
    slow.resolve()
    await done
    expect(state.most).toBe(16)
    expect(tenures.count).toBe(0)
    expect(summary()).toEqual({ held: 100, given: 100, parked: 0, left: 0 })
    expect(clock.pending).toBe(0)
  })

  test.each([
    [30, 5],
    [6, 4],
  ])('[DR12] of %d sessions %d are given away at a time', async (held, most) => {
    const slow = Promise.withResolvers<ClaimOutcome>()
    const { clock, state, done } = setUp(held, [younger], () => slow.promise)
    await turn(clock, 100)
    slow.resolve({ kind: 'claimed' })
    await done
    expect(state.most).toBe(most)
  })

  test('[DR2] workers that started later are asked, those with more room more often; older ones only without them', async () => {
    const half = { ...younger, maxSessions: 50 }
    const first = setUp(60, [half, youngest, older])
    await first.done
    expect(offersTo(first.offered, older)).toBe(0)
    expect(offersTo(first.offered, half)).toBe(5)
    expect(offersTo(first.offered, youngest)).toBe(55)
    const second = setUp(3, [older])
    await second.done
    expect(offersTo(second.offered, older)).toBe(3)
  })

  test('[DR3] a peer that refuses is passed over for the next', async () => {
    const { offered, tenures, done } = setUp(40, [younger, youngest], peer =>
      peer === younger ? { kind: 'not-claimed' } : { kind: 'claimed' },
    )
    await done
    expect(tenures.count).toBe(0)
    expect(offersTo(offered, youngest)).toBe(40)
    expect(offersTo(offered, younger)).toBeLessThanOrEqual(16)
  })

  test('[DR4] when all refuse, the sessions go on as before and are offered again, for half of the time', async () => {
    const { clock, tenures, state, done, summary } = setUp(3, [younger], () => ({ kind: 'not-claimed' }))
    await turn(clock, 40_000)
    expect(tenures.count).toBe(3)
    expect(state.over).toBe(false)
    await turn(clock, 10_000)
    await done
    expect(tenures.count).toBe(0)
    expect(summary()).toMatchObject({ given: 0, parked: 3 })
  })

  test('[DR5] a peer that comes while all others refuse gets them', async () => {
    const { clock, state, done, summary } = setUp(3, [younger], peer =>
      peer === younger ? { kind: 'not-claimed' } : { kind: 'claimed' },
    )
    await turn(clock, 5000)
    state.peers = [younger, youngest]
    await turn(clock, 2000)
    await done
    expect(summary()).toMatchObject({ given: 3, parked: 0 })
  })

  test('[DR6] a peer that cannot be reached is not asked again', async () => {
    const { offered, done, summary } = setUp(100, [younger, youngest], peer =>
      peer === younger ? UNREACHABLE : { kind: 'claimed' },
    )
    await done
    expect(offersTo(offered, younger)).toBeLessThanOrEqual(16)
    expect(summary()).toMatchObject({ given: 100 })
  })

  test('[DR7] a session whose offer had no answer is let go: the peer may hold it', async () => {
    const { clock, tenures, offered, done, summary } = setUp(100, [younger, youngest], async (peer, time) => {
      if (peer === youngest) return { kind: 'claimed' }
      await sleep(time, 5000)
      return NO_ANSWER
    })
    await turn(clock, 6000)
    await done
    expect(tenures.count).toBe(0)
    expect(offersTo(offered, younger)).toBeLessThanOrEqual(16)
    expect(summary()).toMatchObject({ held: 100, left: 0 })
  })
})

describe('without', () => {
  test('[DR8] every session is let go at once and its row stays for whoever comes next', async () => {
    const { tenures, done, summary } = setUp(50, [])
    await done
    expect(tenures.lost).toHaveLength(50)
    expect(summary()).toEqual({ held: 50, given: 0, parked: 50, left: 0 })
  })

  test('[DR9] nothing held, nothing to wait for', async () => {
    const { clock, done } = setUp(0, [younger])
    await done
    expect(clock.pending).toBe(0)
  })
})

describe('what hangs', () => {
  test('[DR10] a session that hangs holds up no other, and is left with its row', async () => {
    const { clock, tenures, done, state, summary } = setUp(100, [younger])
    for (let each = 0; each < 16; each += 1) tenures.hanging.add(sessionIdOf(`s${each}`))
    await turn(clock, 14_900)
    expect(state.over).toBe(false)
    await turn(clock, 200)
    await done
    expect(summary()).toEqual({ held: 100, given: 84, parked: 0, left: 16 })
    expect(tenures.lost).toHaveLength(84)
  })

  test('[DR11] however many hang, the time is bounded', async () => {
    const { clock, tenures, done, state } = setUp(200, [younger])
    for (const id of tenures.ids()) tenures.hanging.add(id)
    await turn(clock, 89_900)
    expect(state.over).toBe(false)
    await turn(clock, 100)
    await done
    expect(tenures.lost).toEqual([])
  })
})
