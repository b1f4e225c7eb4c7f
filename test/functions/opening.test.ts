import { expect, test } from 'vitest'
import { join } from '../../functions/join.ts'
import { useHarness } from './harness.ts'
import { requestOf, withSergio } from './join-request.ts'

const makeHarness = useHarness()

test('[OP1] a password that fits the stored hash is told to the worker, so that a session that just lost its socket goes on', async () => {
  const { deps, fleet } = await withSergio(makeHarness())
  fleet.accounts.set('new', 'right')
  await join(deps, requestOf())
  await join(deps, requestOf({ username: 'new' }))
  await join(deps, requestOf({ username: 'new', password: 'wrong' }))
  expect(fleet.opens.map(open => open.verified)).toEqual([true, false, false])
})

test('[OP2] a worker that names the one which holds that session is followed', async () => {
  const harness = await withSergio(makeHarness())
  const { fleet, deps } = harness
  fleet.kept = await harness.addWorker('b', 'up', 90)
  expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
  expect(fleet.opens.map(open => open.workerId)).toEqual([expect.stringMatching(/^w-a/), fleet.kept])
})

test.each(['dead', 'full', 'gone'] as const)(
  '[OP3] when that one is %s, a new session is opened where the JOIN came first',
  async condition => {
    const harness = await withSergio(makeHarness())
    const { fleet, deps } = harness
    fleet.kept = await harness.addWorker('b', condition === 'gone' ? 'up' : condition, 90)
    if (condition === 'gone') await harness.workers.remove(fleet.kept)
    expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
    expect(fleet.opens.at(-1)).toMatchObject({ workerId: expect.stringMatching(/^w-a/), verified: false })
  },
)

test('[OP4] a session that is always elsewhere is given up for a new one', async () => {
  const harness = await withSergio(makeHarness())
  const [a, b] = [...harness.fleet.conditions.keys(), await harness.addWorker('b', 'up', 90)]
  const { fleet, deps } = harness
  const open = fleet.open.bind(fleet)
  fleet.open = async (worker, request, ...rest) => {
    fleet.kept = worker.workerId === a ? b : a
    return open(worker, request, ...rest)
  }
  expect(await join(deps, requestOf())).toEqual({ kind: 'joined' })
  expect(fleet.opens.map(each => each.verified)).toEqual([true, true, true, false])
})
