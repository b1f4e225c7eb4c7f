import { expect, test, vi } from 'vitest'
import { replace } from '../../functions/replace.ts'
import { sleep } from '../../shared/clock.ts'
import { sessionIdOf, sessionRowOf, workerIdOf } from '../shared/stores/rows.ts'
import { eventually } from '../worker/session/eventually.ts'
import type { Condition } from './fake-fleet.ts'
import { useHarness, type Harness } from './harness.ts'

const makeHarness = useHarness()

const CALLER = { connectionId: 'c1=', traceId: 't' }
const OLD = sessionIdOf('old')
const GAINED = { sessionId: sessionIdOf('new'), workerId: workerIdOf('b'), replaced: OLD }
/** Between two calls, and until the last begins. */
const AGAIN_MS = 250
const BEGIN_WITHIN_MS = 5000
/** What a call takes that gets no answer. */
const NO_ANSWER_MS = 3000

/** The session that lost the socket is at worker `a`. */
async function bereft(condition: Condition): Promise<Harness> {
  const harness = makeHarness()
  const owner = await harness.addWorker('a', condition)
  await harness.deps.sessions.create({ ...sessionRowOf('old'), sessionId: OLD, owner })
  harness.fleet.held.set(OLD, { owner, connectionId: 'c1=', token: '' })
  return harness
}

/** Lets time pass until it is through, step by step, and tells how much. */
async function through({ clock }: Harness, work: Promise<void>): Promise<number> {
  const sinceMs = clock.monotonic()
  let isOver = false
  void work.then(() => (isOver = true))
  await eventually(() => {
    if (clock.pending > 0) clock.advance(AGAIN_MS)
    return isOver
  })
  return clock.monotonic() - sinceMs
}

function events({ lines }: Harness): string[] {
  return lines.map(line => (JSON.parse(line) as { event: string }).event)
}

test.each(['dead', 'mute'] as const)(
  '[UT1] an owner that is %s for a moment is told again until it has heard',
  async condition => {
    const harness = await bereft(condition)
    const replaced = replace(harness.deps, CALLER, GAINED)
    await eventually(() => harness.clock.pending === 1)
    harness.clock.advance(AGAIN_MS - 1)
    expect(harness.fleet.gone).toHaveLength(1)
    harness.fleet.conditions.set(workerIdOf('a'), 'up')
    harness.clock.advance(1)
    await replaced
    expect(harness.fleet.gone.map(({ taken, sessionId }) => [taken, sessionId])).toEqual([
      [true, OLD],
      [true, OLD],
    ])
    expect(harness.fleet.held.size).toBe(0)
    expect(events(harness)).not.toContain('join.unreplaced')
    expect(harness.clock.pending).toBe(0)
  },
)

test('[UT2] the row says each time whom to tell: a session may have gone to another worker meanwhile', async () => {
  const harness = await bereft('dead')
  const { deps, fleet } = harness
  const heir = await harness.addWorker('b')
  const replaced = replace(deps, CALLER, GAINED)
  await eventually(() => harness.clock.pending === 1)
  await deps.sessions.claim({ ...sessionRowOf('old'), sessionId: OLD, owner: workerIdOf('a') }, heir)
  fleet.held.set(OLD, { owner: heir, connectionId: 'c1=', token: '' })
  await through(harness, replaced)
  expect(fleet.gone.map(({ workerId }) => workerId)).toEqual([workerIdOf('a'), heir])
})

test('[UT3] after 5 s it is left to the worker, whose fence has closed by then, and logged', async () => {
  const harness = await bereft('mute')
  const tookMs = await through(harness, replace(harness.deps, CALLER, GAINED))
  expect(tookMs).toBe(BEGIN_WITHIN_MS)
  expect(harness.fleet.gone).toHaveLength(BEGIN_WITHIN_MS / AGAIN_MS + 1)
  expect(events(harness).at(-1)).toBe('join.unreplaced')
})

test('[UT4] rows that cannot be read are read again', async () => {
  const harness = await bereft('up')
  const get = vi.spyOn(harness.deps.sessions, 'get').mockRejectedValueOnce(new Error('out of order'))
  await through(harness, replace(harness.deps, CALLER, GAINED))
  expect(get).toHaveBeenCalledTimes(2)
  expect(harness.fleet.gone).toHaveLength(1)
  expect(harness.fleet.held.size).toBe(0)
  expect(events(harness)).toContain('socket-gone.unread')
  expect(events(harness)).not.toContain('socket-gone.untold')
})

test.each([
  ['fenced', { calls: 1, reads: 1 }],
  ['without it', { calls: 1, reads: 1 }],
  ['declared dead', { calls: 0, reads: 1 }],
  ['gone without a row', { calls: 0, reads: 1 }],
  ['up, and the session over', { calls: 0, reads: 0 }],
] as const)(
  '[UT5] an owner that is %s is looked for and called no second time: whoever goes on with the session reads the row of the socket',
  async (state, { calls, reads }) => {
    const harness = await bereft('up')
    const { fleet, deps } = harness
    const session = await deps.sessions.get(OLD)
    const row = await harness.workers.get(workerIdOf('a'))
    const told = vi.spyOn(fleet, 'socketGone')
    const get = vi.spyOn(harness.workers, 'get')
    if (state === 'fenced') told.mockResolvedValue({ kind: 'later' })
    if (state === 'without it') fleet.held.clear()
    if (state === 'declared dead' && row) await harness.workers.declareDead(row, 4_000_000_000)
    if (state === 'gone without a row') await harness.workers.remove(workerIdOf('a'))
    if (state === 'up, and the session over' && session) await deps.sessions.remove(session)
    expect(await through(harness, replace(deps, CALLER, GAINED))).toBe(0)
    expect(told).toHaveBeenCalledTimes(calls)
    expect(get).toHaveBeenCalledTimes(reads)
    expect(events(harness)).not.toContain('join.unreplaced')
  },
)

test('[UT8] a call that is under way after 5 s is waited for, and none is begun after it', async () => {
  const harness = await bereft('up')
  const { fleet, clock } = harness
  const told = vi.spyOn(fleet, 'socketGone').mockImplementation(async () => {
    await sleep(clock, NO_ANSWER_MS)
    return { kind: 'unanswered', cause: new Error('no answer') }
  })
  const twoCallsMs = 2 * NO_ANSWER_MS + AGAIN_MS
  expect(await through(harness, replace(harness.deps, CALLER, GAINED))).toBe(twoCallsMs)
  expect(told).toHaveBeenCalledTimes(2)
  expect(events(harness).filter(event => event !== 'socket-gone.untold')).toEqual(['join.unreplaced'])
})

test('[UT6] an owner that is remembered as dead and lives again is told', async () => {
  const harness = await bereft('up')
  const { deps, workers, fleet } = harness
  const row = await workers.get(workerIdOf('a'))
  if (row) await workers.declareDead(row, 4_000_000_000)
  expect(await deps.placement.get(workerIdOf('a'))).toBeUndefined()
  if (row) await workers.revive({ ...row, counter: row.counter + 1 })
  await replace(deps, CALLER, GAINED)
  expect(fleet.gone).toHaveLength(1)
})

test('[UT7] a socket that had no other session has nobody to tell', async () => {
  const harness = await bereft('up')
  await replace(harness.deps, CALLER, { ...GAINED, replaced: undefined })
  expect(harness.fleet.gone).toEqual([])
})
