import { expect, test, vi } from 'vitest'
import { join } from '../../functions/join.ts'
import { useHarness } from './harness.ts'
import { badCredentials, requestOf, withSergio } from './join-request.ts'

const makeHarness = useHarness()

test('[JB1] a spent budget of (name, network) is locked until its window ends, whatever the password, and asks nobody', async () => {
  const { deps, fleet, clock, compared } = await withSergio(makeHarness())
  for (let count = 0; count < 4; count += 1)
    expect(await join(deps, requestOf({ password: 'wrong' }))).toMatchObject(badCredentials)
  clock.advance(600_000)
  expect(await join(deps, requestOf())).toMatchObject({
    kind: 'forbidden',
    code: 'locked',
    retryAfterMs: 3_000_000,
  })
  expect(compared).toHaveLength(4)
  expect(fleet.opens).toHaveLength(4)
  clock.advance(3_000_000)
  expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
})

test('[JB2] the owner of a name that is locked in one network still signs in from another', async () => {
  const { deps, clock } = await withSergio(makeHarness())
  for (let count = 0; count < 4; count += 1)
    await join(deps, requestOf({ password: 'wrong', sourceIp: '198.51.100.9' }))
  clock.advance(2000)
  expect(await join(deps, requestOf({ sourceIp: '198.51.100.200' }))).toMatchObject({ code: 'locked' })
  expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
})

test('[JB3] racing guesses are counted before the work: no more are checked than the budget has', async () => {
  const { deps, compared, clock } = await withSergio(makeHarness())
  const guesses = Array.from({ length: 20 }, (_, at) => join(deps, requestOf({ password: `guess ${at}` })))
  await vi.waitUntil(() => clock.pending === 16)
  clock.advance(2000)
  const outcomes = await Promise.all(guesses)
  expect(outcomes.filter(outcome => 'code' in outcome && outcome.code === 'locked')).toHaveLength(16)
  expect(compared).toHaveLength(4)
})

test('[JB4] one network guessing at many names is locked, and no name pays for that', async () => {
  const { deps } = await withSergio(makeHarness({ registration: { mode: 'closed', perNetwork: 0 } }))
  for (let at = 0; at < 12; at += 1)
    expect(await join(deps, requestOf({ username: `user${at}`, password: 'wrong' }))).toMatchObject(
      badCredentials,
    )
  for (let count = 0; count < 5; count += 1)
    expect(await join(deps, requestOf())).toMatchObject({ code: 'locked' })
  expect(await deps.attempts.take('user#203.0.113.0/24#sergio', { limit: 9, windowMs: 1 })).toMatchObject({
    count: 1,
  })
})

test('[JB5] success forgets the failures of the name and takes no room in its network', async () => {
  const { deps } = await withSergio(makeHarness())
  for (let round = 0; round < 5; round += 1) {
    for (let count = 0; count < 2; count += 1) await join(deps, requestOf({ password: 'wrong' }))
    expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
  }
  for (let count = 0; count < 13; count += 1)
    expect(await join(deps, requestOf({ sourceIp: '198.51.100.9' }))).toEqual({ kind: 'joined' })
})

test('[JB6] after 20 failures of one name, whichever networks they came from, its checks wait before they begin', async () => {
  const { deps, clock, fleet } = await withSergio(makeHarness())
  for (let at = 0; at < 20; at += 1)
    await join(deps, requestOf({ password: 'wrong', sourceIp: `10.0.${at}.1` }))
  expect(clock.pending).toBe(0)
  const owner = join(deps, requestOf())
  await vi.waitUntil(() => clock.pending === 1)
  clock.advance(124)
  expect(clock.pending).toBe(1)
  expect(fleet.opens).toHaveLength(20)
  clock.advance(1)
  expect(await owner).toEqual({ kind: 'joined' })
})

test('[JB7] new accounts of one network are limited within an hour; existing ones still sign in', async () => {
  const { deps, fleet, clock } = await withSergio(makeHarness())
  for (const username of ['n1', 'n2', 'n3'])
    expect(await join(deps, requestOf({ username }))).toEqual({ kind: 'joined' })
  const limited = await join(deps, requestOf({ username: 'n4' }))
  expect(limited).toMatchObject({ code: 'registration-limited', retryAfterMs: 3_600_000 })
  expect(fleet.accounts.has('n4')).toBe(false)
  fleet.accounts.set('old', 'right')
  expect(await join(deps, requestOf({ username: 'old' }))).toEqual({ kind: 'joined' })
  expect(await join(deps, requestOf({ username: 'n4', sourceIp: '198.51.100.9' }))).toEqual({
    kind: 'joined',
  })
  clock.advance(3_600_000)
  expect(await join(deps, requestOf({ username: 'n5' }))).toEqual({ kind: 'joined' })
})

test('[JB8] of racing new accounts of one network no more are made than its limit', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  const names = Array.from({ length: 10 }, (_, at) => `race${at}`)
  const outcomes = await Promise.all(names.map(username => join(harness.deps, requestOf({ username }))))
  expect(outcomes.filter(outcome => outcome.kind === 'joined')).toHaveLength(3)
  expect(harness.fleet.accounts.size).toBe(3)
})

test('[JB9] a login that nobody could decide counts against nobody', async () => {
  const { deps, fleet } = await withSergio(makeHarness())
  for (const condition of ['dead', 'full', 'cut-off', 'mute'] as const) {
    for (const id of fleet.conditions.keys()) fleet.conditions.set(id, condition)
    for (let count = 0; count < 5; count += 1)
      expect(await join(deps, requestOf())).toEqual({ kind: 'try-again' })
  }
  for (const id of fleet.conditions.keys()) fleet.conditions.set(id, 'up')
  expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
})

test('[JB10] of good JOINs at once, more than the budget, all are let in', async () => {
  const { deps, clock, fleet } = await withSergio(makeHarness())
  const doors = Promise.withResolvers<void>()
  const open = fleet.open.bind(fleet)
  fleet.open = async (...call) => doors.promise.then(() => open(...call))
  let settled = 0
  const joins = ['b1=', 'b2=', 'b3=', 'b4=', 'b5='].map(connectionId =>
    join(deps, requestOf({ connectionId })).finally(() => (settled += 1)),
  )
  await vi.waitUntil(() => clock.pending === 1)
  doors.resolve()
  await vi.waitUntil(() => settled === 4)
  clock.advance(2000)
  expect(await Promise.all(joins)).toEqual(joins.map(() => ({ kind: 'joined' })))
})
