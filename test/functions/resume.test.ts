import { expect, test, vi } from 'vitest'
import { makeDisconnectHandler } from '../../functions/disconnect.ts'
import { sessionIdOf, workerIdOf } from '../shared/stores/rows.ts'
import { tokenOf } from './fake-fleet.ts'
import { disconnectEventOf, JOIN, type Harness, send, useHarness } from './harness.ts'

const makeHarness = useHarness()

const SEQUENCED_JOIN = { ...JOIN, protocol: 1 }

function tokenJoin(token: string, change: object = {}) {
  return { messageType: 'JOIN', protocol: 1, token, stream: 1, ack: 4, from: 3, sent: 2, ...change }
}

/** A worker, a session at the socket c1=, and the token that goes on with it. */
async function joined(): Promise<{ harness: Harness; sessionId: string; token: string }> {
  const harness = makeHarness()
  await harness.addWorker('a')
  harness.fleet.accounts.set('sergio', 'right')
  await send(harness.deps, SEQUENCED_JOIN)
  const sessionId = [...harness.fleet.held.keys()][0] ?? ''
  harness.compared.length = 0
  return { harness, sessionId, token: tokenOf(sessionId) }
}

/** Another worker takes the session over, and its row says so. */
async function moveTo(workerId: string, { deps, fleet }: Harness, sessionId: string): Promise<void> {
  const row = await deps.sessions.get(sessionId)
  const held = fleet.held.get(sessionId)
  if (row) await deps.sessions.claim(row, workerId)
  if (held) held.owner = workerId
}

test('[RS1] a token goes to the owner of its session as it came, without a password and without an attempt', async () => {
  const { harness, sessionId, token } = await joined()
  const { deps, fleet, compared } = harness
  for (let count = 0; count < 20; count += 1) await send(deps, tokenJoin(token, { id: 'j2' }), 'c2=')
  expect(fleet.attached[0]).toMatchObject({
    workerId: workerIdOf('a'),
    traceId: 'trace-1=',
    sessionId,
    connectionId: 'c2=',
    join: { token, id: 'j2', stream: 1, ack: 4, from: 3, sent: 2 },
  })
  expect(fleet.attached).toHaveLength(20)
  expect(compared).toEqual([])
  expect(fleet.framesFor('c2=')).toEqual([])
})

test('[RS2] what comes on the new socket goes to the session, with nothing asked of the tables', async () => {
  const { harness, token } = await joined()
  const { deps, fleet } = harness
  await send(deps, tokenJoin(token), 'c2=')
  const broken = () => Promise.reject(new Error('out of order'))
  const connections = { ...deps.connections, get: broken }
  const sessions = { ...deps.sessions, get: broken }
  await send({ ...deps, connections, sessions }, { stream: 1, ack: 4, frames: [] }, 'c2=')
  expect(fleet.sent).toMatchObject([{ connectionId: 'c2=', batch: { ack: 4 } }])
})

test.each([
  ['another secret', (token: string) => `${token.slice(0, -1)}x`],
  ['a session that is over', () => tokenOf(sessionIdOf('over'))],
])('[RS3] a token of %s is FORBIDDEN with the id of its JOIN', async (_, change) => {
  const { harness, token } = await joined()
  await send(harness.deps, tokenJoin(change(token), { id: 'j1' }), 'c2=')
  expect(harness.fleet.framesFor('c2=')).toMatchObject([
    { messageType: 'FORBIDDEN', id: 'j1', code: 'token-expired' },
  ])
  expect(harness.fleet.attached).toEqual([])
})

test('[RS4] a row that outlived its session is FORBIDDEN just so', async () => {
  const { harness, token } = await joined()
  harness.fleet.held.clear()
  await send(harness.deps, tokenJoin(token), 'c2=')
  expect(harness.fleet.framesFor('c2=')).toMatchObject([{ code: 'token-expired' }])
})

test.each(['nonsense', 's_short.x', `${'x'.repeat(24)}.${'t'.repeat(43)}`])(
  '[RS5] what cannot be a token is a bad frame, and nobody is asked: %s',
  async token => {
    const { harness } = await joined()
    await send(harness.deps, tokenJoin(token, { id: 'j1' }), 'c2=')
    expect(harness.fleet.framesFor('c2=')).toMatchObject([{ id: 'j1', code: 'bad-frame' }])
  },
)

test('[RS6] a token with another protocol is refused', async () => {
  const { harness, token } = await joined()
  await send(harness.deps, tokenJoin(token, { protocol: 2, id: 'j1' }), 'c2=')
  expect(harness.fleet.framesFor('c2=')).toMatchObject([{ id: 'j1', code: 'unsupported-protocol' }])
})

test('[RS7] an owner that has moved is followed', async () => {
  const { harness, token, sessionId } = await joined()
  const other = await harness.addWorker('b', 'up', 50)
  const held = harness.fleet.held.get(sessionId)
  if (held) held.owner = other
  await send(harness.deps, tokenJoin(token), 'c2=')
  await send(harness.deps, { stream: 1, ack: 4, frames: [] }, 'c2=')
  expect(harness.fleet.attached).toMatchObject([{ workerId: other }])
  expect(harness.fleet.sent).toMatchObject([{ workerId: other }])
})

test('[RS8] an owner that is dead: another worker is asked, which takes the session over; the next try is taken', async () => {
  const { harness, token } = await joined()
  const { deps, fleet } = harness
  const heir = await harness.addWorker('b', 'up', 50)
  fleet.conditions.set(workerIdOf('a'), 'dead')
  await send(deps, tokenJoin(token, { id: 'j1' }), 'c2=')
  fleet.orphans.add(workerIdOf('a'))
  await send(deps, tokenJoin(token, { id: 'j2' }), 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([
    { messageType: 'ERROR', id: 'j1', code: 'try-again', retryAfterMs: 1000 },
    { messageType: 'ERROR', id: 'j2', code: 'try-again', retryAfterMs: 1000 },
  ])
  await send(deps, tokenJoin(token, { id: 'j3' }), 'c2=')
  expect(fleet.attached).toMatchObject([{ workerId: heir, join: { id: 'j3' } }])
})

test('[RS9] an owner that says nothing may have taken it: try again, nobody else is asked', async () => {
  const { harness, token } = await joined()
  await harness.addWorker('b', 'up', 50)
  harness.fleet.attach = async () => ({ kind: 'unanswered', cause: new Error('reset') })
  await send(harness.deps, tokenJoin(token, { id: 'j1' }), 'c2=')
  expect(harness.fleet.framesFor('c2=')).toMatchObject([{ id: 'j1', code: 'try-again' }])
})

test('[RS10] a socket that had another session loses it, and its owner is told', async () => {
  const { harness, token } = await joined()
  const { deps, fleet } = harness
  await send(deps, JOIN, 'c2=')
  const other = await deps.connections.get('c2=')
  await send(deps, tokenJoin(token), 'c2=')
  expect(fleet.gone).toMatchObject([{ sessionId: other?.sessionId, connectionId: 'c2=', taken: true }])
})

test('[RS11] no token is logged', async () => {
  const { harness, token } = await joined()
  await send(harness.deps, tokenJoin(token), 'c2=')
  await send(harness.deps, tokenJoin(`${token.slice(0, -1)}x`), 'c2=')
  expect(harness.lines.join('\n')).not.toContain('t'.repeat(20))
})

test('[RS12] a cut and a resume cost two reads of the tables: the row of the old socket, and that of the session', async () => {
  const { harness, token, sessionId } = await joined()
  const { freshProcess: deps, fleet } = harness
  const held = fleet.held.get(sessionId)
  const reads = [vi.spyOn(deps.connections, 'get'), vi.spyOn(deps.sessions, 'get')]
  await makeDisconnectHandler(deps)(disconnectEventOf())
  if (held) fleet.held.set(sessionId, held)
  await send(deps, tokenJoin(token), 'c2=')
  await send(deps, { stream: 1, ack: 4, frames: [] }, 'c2=')
  expect(fleet.sent).toMatchObject([{ connectionId: 'c2=' }])
  expect(reads.map(({ mock }) => mock.calls.length)).toEqual([1, 1])
})

test('[RS13] a process that remembers who holds the session reads no table for a resume', async () => {
  const { harness, token, sessionId } = await joined()
  const { deps, fleet } = harness
  const read = vi.spyOn(deps.sessions, 'get')
  await send(deps, tokenJoin(token), 'c2=')
  expect(fleet.attached).toMatchObject([{ sessionId, connectionId: 'c2=' }])
  expect(read).not.toHaveBeenCalled()
})

test('[RS14] who is remembered and did not answer is not asked first again: the row says who holds the session', async () => {
  const { harness, token, sessionId } = await joined()
  const { deps, fleet } = harness
  const heir = await harness.addWorker('b', 'up', 50)
  const ask = fleet.attach.bind(fleet)
  fleet.attach = async (worker, ...rest) =>
    worker.workerId === heir ? ask(worker, ...rest) : { kind: 'unanswered', cause: new Error('reset') }
  await send(deps, tokenJoin(token, { id: 'j1' }), 'c2=')
  await moveTo(heir, harness, sessionId)
  await send(deps, tokenJoin(token, { id: 'j2' }), 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([{ id: 'j1', code: 'try-again' }])
  expect(fleet.attached).toMatchObject([{ workerId: heir, join: { id: 'j2' } }])
})

test.each([
  { kind: 'refused' },
  { kind: 'not-here' },
  { kind: 'unanswered', cause: new Error('reset') },
] as const)(
  '[RS15] who is remembered has lost the session unawares and is "$kind": the owner by the row is asked',
  async answer => {
    const { harness, token, sessionId } = await joined()
    const { deps, fleet } = harness
    const heir = await harness.addWorker('b', 'up', 50)
    await moveTo(heir, harness, sessionId)
    const ask = fleet.attach.bind(fleet)
    fleet.attach = async (worker, ...rest) => (worker.workerId === heir ? ask(worker, ...rest) : answer)
    await send(deps, tokenJoin(token), 'c2=')
    expect(fleet.attached).toMatchObject([{ workerId: heir, connectionId: 'c2=' }])
    expect(fleet.framesFor('c2=')).toEqual([])
  },
)
