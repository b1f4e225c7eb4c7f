import { describe, expect, test } from 'vitest'
import type { ClaimOutcome } from '../../shared/handoff/outcomes.ts'
import type { Handover } from '../../shared/handoff/schemas.ts'
import type { Tenure } from '../../shared/stores/sessions.ts'
import type { WorkerRow } from '../../shared/stores/workers.ts'
import { Balance } from '../../worker/balance.ts'
import { sessionIdOf, sessionRowOf, workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { keptLog } from '../support/log.ts'
import { EMPTY_HANDOVER, FakeTenures } from './ownership/fake-tenures.ts'
import { settled, turn } from './ownership/turn.ts'

const EVERY_MS = 1000
const me = workerRowOf('me')
const peer = workerRowOf('peer', { maxSessions: 2000 })
const other = workerRowOf('other', { maxSessions: 2000 })
const CLAIMED: ClaimOutcome = { kind: 'claimed' }
const NO_ANSWER: ClaimOutcome = { kind: 'unanswered', cause: new Error('no answer in time') }
const UNREACHABLE: ClaimOutcome = { kind: 'unreachable', cause: new Error('refused') }

type Answer = (peer: WorkerRow) => ClaimOutcome | Promise<ClaimOutcome>

function setUp(sessions: number, answer: Answer = () => CLAIMED) {
  const clock = new FakeClock()
  const tenures = new FakeTenures()
  for (let each = 0; each < sessions; each += 1) tenures.hold(sessionRowOf(`s${each}`))
  const offered: { peer: string; sessionId: string }[] = []
  const letGo: { tenure: Tenure; handover: Handover; held: boolean }[] = []
  const lines: string[] = []
  const state = { open: true, adopting: 0, under: 0, most: 0, stopped: false }
  const balance = new Balance({
    workerId: me.workerId,
    tenures,
    claims: {
      get adopting() {
        return state.adopting
      },
      letGo: (tenure, handover) =>
        void letGo.push({ tenure, handover, held: tenures.tenure(tenure.sessionId) !== undefined }),
    },
    fence: {
      get open() {
        return state.open
      },
    },
    offer: async (to, { sessionId }) => {
      offered.push({ peer: to.workerId, sessionId })
      state.under += 1
      state.most = Math.max(state.most, state.under)
      const outcome = await answer(to)
      state.under -= 1
      return outcome
    },
    everyMs: EVERY_MS,
    clock,
    log: keptLog(lines),
  })
  /** A reading, a second after the one before. */
  const read = async (...peers: readonly WorkerRow[]) => {
    await turn(clock, EVERY_MS)
    balance.follow([{ ...me, sessions: tenures.count }, ...peers])
    await settled()
  }
  const readTimes = async (times: number, ...peers: readonly WorkerRow[]) => {
    for (let each = 0; each < times; each += 1) await read(...peers)
  }
  const stop = () => balance.stop().then(() => (state.stopped = true))
  const passes = () =>
    lines.filter(line => line.includes('"balanced"')).map(line => JSON.parse(line) as object)
  return { clock, tenures, offered, letGo, state, balance, read, readTimes, stop, passes }
}

describe('a pass begins', () => {
  test('[BL1] at the third uneven reading in a row, and gives what is above the mean to whoever is below it', async () => {
    const { tenures, offered, read, readTimes, passes } = setUp(60)
    await readTimes(2, peer, { ...other, sessions: 30 })
    expect(offered).toEqual([])
    await read(peer, { ...other, sessions: 30 })
    expect(tenures.count).toBe(30)
    expect(new Set(offered.map(each => each.peer))).toEqual(new Set([peer.workerId]))
    expect(passes()).toMatchObject([{ held: 60, given: 30, inDoubt: 0, left: 30 }])
  })

  test('[BL2] not when one of the three was even', async () => {
    const { offered, readTimes, read } = setUp(60)
    await readTimes(2, peer)
    await read({ ...peer, sessions: 60 })
    await readTimes(2, peer)
    expect(offered).toEqual([])
  })

  test('[BL3] nor when one between them failed or was not allowed', async () => {
    const { clock, offered, readTimes } = setUp(60)
    await readTimes(2, peer)
    await turn(clock, EVERY_MS)
    await readTimes(2, peer)
    expect(offered).toEqual([])
  })

  test.each([
    ['the fence is closed', { open: false }],
    ['sessions come in', { adopting: 1 }],
  ])('[BL4] nor when at one of them %s', async (_, change) => {
    const { offered, readTimes, read, state } = setUp(60)
    await readTimes(2, peer)
    Object.assign(state, change)
    await read(peer)
    Object.assign(state, { open: true, adopting: 0 })
    await readTimes(2, peer)
    expect(offered).toEqual([])
    await read(peer)
    expect(offered).not.toEqual([])
  })

  test('[BL5] after another only when the numbers have been looked at three times anew', async () => {
    const { tenures, readTimes, passes } = setUp(300)
    await readTimes(3, peer)
    expect(tenures.count).toBe(236)
    await readTimes(2, { ...peer, sessions: 64 })
    expect(tenures.count).toBe(236)
    await readTimes(1, { ...peer, sessions: 64 })
    expect(tenures.count).toBe(172)
    expect(passes()).toHaveLength(2)
  })

  test('[BL6] not while there is one', async () => {
    const slow = Promise.withResolvers<ClaimOutcome>()
    const { offered, readTimes, passes } = setUp(60, () => slow.promise)
    await readTimes(9, peer)
    expect(offered).toHaveLength(4)
    slow.resolve(CLAIMED)
    await settled()
    expect(offered).toHaveLength(30)
    expect(passes()).toHaveLength(1)
  })
})

describe('in a pass', () => {
  test('[BL7] four sessions are handed over at once, those first that were held longest', async () => {
    const slow = Promise.withResolvers<ClaimOutcome>()
    const { offered, readTimes, state } = setUp(60, () => slow.promise)
    await readTimes(3, peer)
    expect(state.most).toBe(4)
    slow.resolve(CLAIMED)
    await settled()
    expect(state.most).toBe(4)
    const first = Array.from({ length: 30 }, (_, index) => sessionIdOf(`s${index}`))
    expect(offered.map(each => each.sessionId)).toEqual(first)
  })

  test('[BL8] a session that no peer takes goes on here', async () => {
    for (const outcome of [UNREACHABLE, { kind: 'not-claimed' } as const]) {
      const { tenures, offered, letGo, readTimes, passes } = setUp(60, () => outcome)
      await readTimes(3, peer)
      expect(tenures.count).toBe(60)
      expect(tenures.lost).toEqual([])
      expect(letGo).toEqual([])
      expect(offered.length).toBeLessThanOrEqual(4)
      expect(passes()).toMatchObject([{ given: 0, left: 60 }])
    }
  })

  test('[BL9] one whose offer had no answer is let go with all that is known of it, before it is lost here', async () => {
    const { tenures, letGo, readTimes, passes } = setUp(60, ({ workerId }) =>
      workerId === peer.workerId ? NO_ANSWER : CLAIMED,
    )
    await readTimes(3, peer, other)
    const doubts = letGo.map(({ tenure }) => tenure.sessionId)
    expect(doubts.length).toBeGreaterThan(0)
    expect(doubts.length).toBeLessThanOrEqual(4)
    for (const each of letGo) expect(each).toMatchObject({ handover: EMPTY_HANDOVER, held: true })
    for (const id of doubts) expect(tenures.lost).toContain(id)
    expect(passes()).toMatchObject([{ given: 20, inDoubt: doubts.length, left: 40 - doubts.length }])
  })

  test.each([
    ['no answer', NO_ANSWER],
    ['no connection', UNREACHABLE],
  ])('[BL10] a peer from which there was %s is given nothing for a minute', async (_, outcome) => {
    const { offered, readTimes } = setUp(200, () => outcome)
    await readTimes(3, peer)
    const atFirst = offered.length
    await readTimes(59, peer)
    expect(offered).toHaveLength(atFirst)
    await readTimes(4, peer)
    expect(offered.length).toBeGreaterThan(atFirst)
  })

  test.each([
    ['the fence closes', { open: false }],
    ['sessions come in', { adopting: 1 }],
  ])('[BL11] no further session is begun with when %s', async (_, change) => {
    const first = Promise.withResolvers<ClaimOutcome>()
    const { tenures, offered, readTimes, state, passes } = setUp(60, () => first.promise)
    await readTimes(3, peer)
    Object.assign(state, change)
    first.resolve(CLAIMED)
    await settled()
    expect(offered).toHaveLength(4)
    expect(tenures.count).toBe(56)
    expect(passes()).toMatchObject([{ given: 4 }])
  })

  test('[BL12] a session that hangs holds up no other, and the pass for 15 s', async () => {
    const { clock, tenures, readTimes, passes } = setUp(60)
    tenures.hanging.add(sessionIdOf('s0'))
    await readTimes(3, peer)
    expect(tenures.count).toBe(31)
    await turn(clock, 14_900)
    expect(passes()).toEqual([])
    await turn(clock, 100)
    expect(passes()).toMatchObject([{ given: 29, left: 31 }])
    expect(clock.pending).toBe(0)
  })
})

describe('stopped', () => {
  test('[BL13] it begins with no further session, and resolves when none is under way', async () => {
    const slow = Promise.withResolvers<ClaimOutcome>()
    const { tenures, offered, readTimes, state, stop, clock } = setUp(60, () => slow.promise)
    await readTimes(3, peer)
    const stopped = stop()
    await settled()
    expect(state.stopped).toBe(false)
    slow.resolve(CLAIMED)
    await stopped
    expect(offered).toHaveLength(4)
    expect(tenures.count).toBe(56)
    expect(clock.pending).toBe(0)
  })

  test('[BL14] it waits at most 3 s for what hangs', async () => {
    const { clock, readTimes, stop, state } = setUp(60, () => new Promise(() => undefined))
    await readTimes(3, peer)
    void stop()
    await turn(clock, 2900)
    expect(state.stopped).toBe(false)
    await turn(clock, 100)
    expect(state.stopped).toBe(true)
  })

  test('[BL15] between two passes it is over at once, and for good', async () => {
    const { offered, readTimes, stop } = setUp(60)
    await readTimes(2, peer)
    await stop()
    await readTimes(5, peer)
    expect(offered).toEqual([])
  })
})

test('[BL16] its own row, which is older than its own count, does not count', async () => {
  const { balance, clock, offered } = setUp(60)
  for (let each = 0; each < 3; each += 1) {
    await turn(clock, EVERY_MS)
    balance.follow([
      { ...me, sessions: 0 },
      { ...peer, sessions: 60 },
    ])
  }
  await settled()
  expect(offered).toEqual([])
})
