import { expect, test } from 'vitest'
import { join } from '../../functions/join.ts'
import { sessionIdOf } from '../shared/stores/rows.ts'
import { eventually } from '../worker/session/eventually.ts'
import { useHarness } from './harness.ts'
import { badCredentials, requestOf, withSergio } from './join-request.ts'

const makeHarness = useHarness()

test('[JN1] a name is prepared once: all its spellings are one account', async () => {
  const { deps, fleet } = await withSergio(makeHarness())
  expect(await join(deps, requestOf({ username: 'ＳＥＲＧＩＯ' }))).toEqual({ kind: 'joined' })
  expect(fleet.opens).toMatchObject([{ username: 'sergio', register: false }])
})

test('[JN2] the right password of a stored hash goes to the XMPP server all the same', async () => {
  const { deps, fleet, compared } = await withSergio(makeHarness())
  expect(await join(deps, requestOf({ joinId: 'j1' }))).toEqual({ kind: 'joined' })
  expect(fleet.opens).toMatchObject([
    { connectionId: 'c1=', register: false, joinId: 'j1', handshake: false },
  ])
  expect(compared).toEqual([true])
})

test('[JN3] a wrong password of a known name and any of an unknown one are the same answer after the same work', async () => {
  const { deps, fleet, compared } = await withSergio(
    makeHarness({ registration: { mode: 'explicit', perNetwork: 3 } }),
  )
  const known = await join(deps, requestOf({ password: 'wrong' }))
  const unknown = await join(deps, requestOf({ username: 'nobody', password: 'wrong' }))
  expect(known).toMatchObject(badCredentials)
  expect(unknown).toEqual(known)
  expect(compared).toEqual([true, false])
  expect(fleet.opens).toHaveLength(2)
})

test('[JN4] a name that nobody can have is refused after a comparison too, without asking anybody', async () => {
  const { deps, fleet, compared } = await withSergio(makeHarness())
  for (const username of ['a b', 'x@y', '"', 'x'.repeat(1024)])
    expect(await join(deps, requestOf({ username }))).toMatchObject(badCredentials)
  expect(compared).toEqual([false, false, false, false])
  expect(fleet.opens).toEqual([])
})

test('[JN5] a password over 72 bytes is refused in words, unasked and uncounted', async () => {
  const { deps, fleet, compared } = await withSergio(makeHarness())
  for (let count = 0; count < 20; count += 1) {
    const outcome = await join(deps, requestOf({ password: `${'😀'.repeat(18)}x` }))
    expect(outcome).toMatchObject({ ...badCredentials, message: expect.stringContaining('72 bytes') })
  }
  expect(compared).toEqual([])
  expect(fleet.opens).toEqual([])
  expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
})

test('[JN6] a password that was changed at the XMPP server: the old one forgets the hash, the new one replaces it', async () => {
  const { deps, fleet, compared } = await withSergio(makeHarness())
  fleet.accounts.set('sergio', 'changed')
  expect(await join(deps, requestOf())).toMatchObject(badCredentials)
  expect(await deps.accounts.get('sergio')).toBeUndefined()
  expect(await join(deps, requestOf({ password: 'changed' }))).toEqual({ kind: 'joined' })
  expect(await join(deps, requestOf({ password: 'changed' }))).toEqual({ kind: 'joined' })
  expect(compared).toEqual([true, false, true])
})

test('[JN7] a new password that comes first replaces the hash, keeps the date, and the old one is refused', async () => {
  const { deps, fleet, clock } = await withSergio(makeHarness())
  const before = await deps.accounts.get('sergio')
  clock.advance(1000)
  fleet.accounts.set('sergio', 'changed')
  expect(await join(deps, requestOf({ password: 'changed' }))).toEqual({ kind: 'joined' })
  const after = await deps.accounts.get('sergio')
  expect(after).toMatchObject({ createdAt: before?.createdAt })
  expect(after?.hash).not.toBe(before?.hash)
  expect(await join(deps, requestOf())).toMatchObject(badCredentials)
  expect(await deps.accounts.get('sergio')).toEqual(after)
})

test('[JN8] an XMPP account that has that password already is adopted, and costs no registration', async () => {
  const harness = makeHarness({ registration: { mode: 'on-first-join', perNetwork: 1 } })
  const { deps, fleet } = harness
  await harness.addWorker('a')
  for (const name of ['ana', 'eva']) fleet.accounts.set(name, 'right')
  for (const username of ['ana', 'eva', 'new'])
    expect(await join(deps, requestOf({ username }))).toEqual({ kind: 'joined' })
  expect(fleet.opens.map(open => open.register)).toEqual([true, true, true])
  expect(await deps.accounts.get('ana')).toBeDefined()
})

test('[JN9] on-first-join makes the account of an unknown name', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  expect(await join(harness.deps, requestOf({ username: 'new' }))).toEqual({ kind: 'joined' })
  expect(harness.fleet.accounts.get('new')).toBe('right')
})

test('[JN10] explicit makes one only when it is asked to', async () => {
  const harness = makeHarness({ registration: { mode: 'explicit', perNetwork: 3 } })
  await harness.addWorker('a')
  expect(await join(harness.deps, requestOf({ username: 'new' }))).toMatchObject(badCredentials)
  expect(harness.fleet.accounts.has('new')).toBe(false)
  expect(await join(harness.deps, requestOf({ username: 'new', register: true }))).toEqual({ kind: 'joined' })
})

test('[JN11] closed makes none, and says so only to who asks for one', async () => {
  const { deps, fleet } = await withSergio(makeHarness({ registration: { mode: 'closed', perNetwork: 3 } }))
  expect(await join(deps, requestOf({ username: 'new' }))).toMatchObject(badCredentials)
  const closed = { kind: 'forbidden', code: 'registration-closed' }
  expect(await join(deps, requestOf({ username: 'new', register: true }))).toMatchObject(closed)
  expect(await join(deps, requestOf({ password: 'wrong', register: true }))).toMatchObject(closed)
  expect(fleet.opens.every(open => !open.register)).toBe(true)
  expect(await join(deps, requestOf({ register: true }))).toEqual({ kind: 'joined' })
})

test.each(['dead', 'full', 'cut-off'] as const)(
  '[JN12] when the first worker is %s, one other is asked',
  async condition => {
    const harness = makeHarness()
    const first = await harness.addWorker('a', condition)
    const second = await harness.addWorker('b', 'up', 50)
    expect(await join(harness.deps, requestOf())).toEqual({ kind: 'joined' })
    expect(harness.fleet.opens.map(open => open.workerId)).toEqual([first, second])
  },
)

test('[JN13] dead workers whose rows still stand are passed by, and the next JOIN does not try them again', async () => {
  const harness = makeHarness()
  for (const name of ['a', 'b', 'c']) await harness.addWorker(name, 'dead')
  await harness.addWorker('d', 'up', 50)
  expect(await join(harness.deps, requestOf())).toEqual({ kind: 'joined' })
  expect(harness.fleet.opens).toHaveLength(4)
  expect(await join(harness.deps, requestOf())).toEqual({ kind: 'joined' })
  expect(harness.fleet.opens).toHaveLength(5)
})

test('[JN14] two workers that say no are enough', async () => {
  const harness = makeHarness()
  for (const name of ['a', 'b', 'c']) await harness.addWorker(name, 'full')
  expect(await join(harness.deps, requestOf())).toEqual({ kind: 'try-again' })
  expect(harness.fleet.opens).toHaveLength(2)
})

test('[JN15] a worker that took the login and says nothing is not followed by another', async () => {
  const harness = makeHarness()
  await harness.addWorker('a', 'mute')
  await harness.addWorker('b', 'up', 50)
  expect(await join(harness.deps, requestOf())).toEqual({ kind: 'try-again' })
  expect(harness.fleet.opens).toHaveLength(1)
})

test('[JN16] without any worker: try again', async () => {
  const { deps } = makeHarness()
  expect(await join(deps, requestOf())).toEqual({ kind: 'try-again' })
})

test.each([
  [20_000, { kind: 'joined' }, [25_000, 7000]],
  [22_001, { kind: 'try-again' }, [25_000]],
])(
  '[JN17] after %i ms at the first worker: %o, so that all of it ends within 27 s',
  async (ms, outcome, timeouts) => {
    const harness = makeHarness()
    const { deps, fleet, clock } = harness
    await harness.addWorker('a', 'cut-off')
    await harness.addWorker('b', 'up', 50)
    const open = fleet.open.bind(fleet)
    fleet.open = (...call) => {
      const opened = open(...call)
      clock.advance(ms)
      return opened
    }
    expect(await join(deps, requestOf())).toEqual(outcome)
    expect(fleet.opens.map(each => each.timeoutMs)).toEqual(timeouts)
  },
)

test('[JN18] a 409 names the worker to ask instead', async () => {
  const harness = makeHarness()
  const { deps, fleet } = harness
  await harness.addWorker('a')
  const owner = await harness.addWorker('b', 'up', 50)
  const open = fleet.open.bind(fleet)
  fleet.open = async (worker, ...rest) =>
    worker.workerId === owner ? open(worker, ...rest) : { kind: 'not-owner', owner }
  expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
  expect(fleet.opens.map(each => each.workerId)).toEqual([owner])
})

test('[JN19] a new session takes the socket from the one it had, and a refused JOIN does not', async () => {
  const { deps, fleet } = await withSergio(makeHarness())
  const before = await deps.connections.get('c1=')
  await join(deps, requestOf({ password: 'wrong' }))
  expect(fleet.gone).toEqual([])
  await join(deps, requestOf())
  expect(fleet.gone).toMatchObject([{ sessionId: before?.sessionId, connectionId: 'c1=' }])
  expect((await deps.connections.get('c1='))?.sessionId).not.toBe(before?.sessionId)
})

test('[JN21] of two JOINs at once on one socket one session is left, whichever came first', async () => {
  const { deps, fleet } = await withSergio(makeHarness())
  await Promise.all([join(deps, requestOf()), join(deps, requestOf())])
  const winner = (await deps.connections.get('c1='))?.sessionId
  expect([...fleet.held.keys()]).toEqual([winner])
})

test('[JN20] a store that fails once the user is signed in fails no JOIN and is logged', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  const { accounts, sessions } = harness.deps
  const broken = () => Promise.reject(new Error('out of order'))
  const deps = {
    ...harness.deps,
    accounts: { ...accounts, put: broken },
    sessions: { ...sessions, get: broken },
  }
  const old = { connectionId: 'c1=', sessionId: sessionIdOf('old'), expiresAt: 4_000_000_000 }
  await harness.deps.connections.put(old)
  const joining = join(deps, requestOf())
  let outcome: unknown
  void joining.then(joined => (outcome = joined))
  await eventually(() => {
    harness.clock.advance(1000)
    return outcome
  })
  expect(outcome).toEqual({ kind: 'joined' })
  const events = harness.lines.map(line => (JSON.parse(line) as { event: string }).event)
  expect(events).toContain('join.unsettled')
  expect(events).toContain('join.unreplaced')
})
