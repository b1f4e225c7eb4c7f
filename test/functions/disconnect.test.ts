import { expect, test, vi } from 'vitest'
import { makeDisconnectHandler } from '../../functions/disconnect.ts'
import { workerIdOf } from '../shared/stores/rows.ts'
import { disconnectEventOf, JOIN, send, useHarness } from './harness.ts'

const makeHarness = useHarness()

async function joined() {
  const harness = makeHarness()
  await harness.addWorker('a')
  await send(harness.deps, JOIN)
  const { deps, fleet } = harness
  return { harness, deps, fleet, disconnect: makeDisconnectHandler(deps) }
}

test('[DC1] the owner of the session is told which socket is gone', async () => {
  const { disconnect, fleet, deps } = await joined()
  const row = await deps.connections.get('c1=')
  expect(await disconnect(disconnectEventOf())).toEqual({ statusCode: 200 })
  expect(fleet.gone).toEqual([
    {
      sessionId: row?.sessionId,
      connectionId: 'c1=',
      taken: false,
      workerId: workerIdOf('a'),
      traceId: 'trace-1=',
    },
  ])
})

test('[DC2] a second and a late one do no harm', async () => {
  const { disconnect, fleet, deps } = await joined()
  for (let count = 0; count < 2; count += 1)
    expect(await disconnect(disconnectEventOf())).toEqual({ statusCode: 200 })
  const row = await deps.connections.get('c1=')
  await deps.connections.remove('c1=', row?.sessionId ?? '')
  expect(await disconnect(disconnectEventOf())).toEqual({ statusCode: 200 })
  expect(fleet.gone).toHaveLength(2)
})

test('[DC3] a socket that never joined has nobody to tell', async () => {
  const { disconnect, fleet } = await joined()
  expect(await disconnect(disconnectEventOf('c9='))).toEqual({ statusCode: 200 })
  expect(fleet.gone).toEqual([])
})

test('[DC4] nor has one whose session or owner is gone', async () => {
  const { disconnect, fleet, harness, deps } = await joined()
  await harness.workers.remove(workerIdOf('a'))
  harness.clock.advance(2000)
  expect(await disconnect(disconnectEventOf())).toEqual({ statusCode: 200 })
  const row = await deps.connections.get('c1=')
  const session = await deps.sessions.get(row?.sessionId ?? '')
  if (session) await deps.sessions.remove(session)
  expect(await disconnect(disconnectEventOf())).toEqual({ statusCode: 200 })
  expect(fleet.gone).toEqual([])
})

test.each(['dead', 'mute'] as const)(
  '[DC5] an owner that is %s finds out by itself; it is logged',
  async condition => {
    const { disconnect, harness } = await joined()
    harness.fleet.conditions.set(workerIdOf('a'), condition)
    expect(await disconnect(disconnectEventOf())).toEqual({ statusCode: 200 })
    expect(harness.lines.join('\n')).toContain('socket-gone.untold')
  },
)

test('[DC6] the worker that wrote the row of the socket is told at once: one read of the tables', async () => {
  const { disconnect, fleet, deps } = await joined()
  const reads = [vi.spyOn(deps.connections, 'get'), vi.spyOn(deps.sessions, 'get')]
  await disconnect(disconnectEventOf())
  expect(reads.map(({ mock }) => mock.calls.length)).toEqual([1, 0])
  expect(fleet.gone).toHaveLength(1)
})

test('[DC8] the row of a worker that is gone is read once', async () => {
  const { disconnect, fleet, harness } = await joined()
  await harness.workers.remove(workerIdOf('a'))
  harness.clock.advance(2000)
  const get = vi.spyOn(harness.workers, 'get')
  await disconnect(disconnectEventOf())
  expect(get.mock.calls).toEqual([[workerIdOf('a')]])
  expect(fleet.gone).toEqual([])
})

test.each(['missing', 'of another session', 'unreachable', 'unnamed'])(
  '[DC7] when that worker is %s the row of the session says who is to be told',
  async why => {
    const { disconnect, fleet, deps, harness } = await joined()
    const [first, owner] = [workerIdOf('a'), await harness.addWorker('b', 'up', 50)]
    const [[sessionId, held] = ['', undefined]] = fleet.held
    const session = await deps.sessions.get(sessionId)
    if (session) await deps.sessions.claim(session, owner)
    if (held) held.owner = owner
    if (why === 'missing') await harness.workers.remove(first)
    if (why === 'unreachable') fleet.conditions.set(first, 'dead')
    if (why === 'unnamed')
      await deps.connections.put({ connectionId: 'c1=', sessionId, expiresAt: 4_000_000_000 })
    harness.clock.advance(2000)
    expect(await disconnect(disconnectEventOf())).toEqual({ statusCode: 200 })
    expect(fleet.gone.at(-1)).toMatchObject({ sessionId, connectionId: 'c1=', workerId: owner })
    expect(fleet.held.size).toBe(0)
  },
)
