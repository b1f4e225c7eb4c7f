import { expect, test, vi } from 'vitest'
import { workerIdOf } from '../shared/stores/rows.ts'
import { JOIN, joined, MESSAGE, send, useHarness } from './harness.ts'

const makeHarness = useHarness()

test('[DF7] a frame goes to the owner of the session, found with nothing remembered', async () => {
  const harness = await joined(makeHarness())
  await send(harness.freshProcess, MESSAGE)
  expect(harness.fleet.sent).toMatchObject([
    { workerId: workerIdOf('a'), connectionId: 'c1=', frame: MESSAGE, traceId: 'trace-1=' },
  ])
})

test('[DF29] the worker that wrote the row of the socket is asked first: the row of the session is not read', async () => {
  const { freshProcess: deps, fleet } = await joined(makeHarness())
  const reads = [vi.spyOn(deps.connections, 'get'), vi.spyOn(deps.sessions, 'get')]
  await send(deps, MESSAGE)
  await send(deps, { ...MESSAGE, id: 'm2' })
  expect(fleet.sent).toMatchObject([{ frame: { id: 'm1' } }, { frame: { id: 'm2' } }])
  expect(reads.map(({ mock }) => mock.calls.length)).toEqual([1, 0])
})

test.each(['ignorant', 'a former owner', 'unreachable', 'fenced', 'missing', 'declared dead', 'unnamed'])(
  '[DF30] when that worker is %s the frame arrives at the owner all the same, and so does the next',
  async why => {
    const harness = await joined(makeHarness())
    const { fleet, workers, clock, deps } = harness
    const [first, owner] = [workerIdOf('a'), await harness.addWorker('b', 'up', 50)]
    const [[sessionId, held] = ['', undefined]] = fleet.held
    const session = await deps.sessions.get(sessionId)
    if (session) await deps.sessions.claim(session, owner)
    if (held) held.owner = owner
    const row = await workers.get(first)
    if (why === 'ignorant') fleet.ignorant.add(first)
    if (why === 'unreachable') fleet.conditions.set(first, 'dead')
    if (why === 'fenced') fleet.conditions.set(first, 'fenced')
    if (why === 'missing') await workers.remove(first)
    if (why === 'declared dead' && row) await workers.declareDead(row, row.expiresAt)
    if (why === 'unnamed')
      await deps.connections.put({ connectionId: 'c1=', sessionId, expiresAt: 4_000_000_000 })
    clock.advance(2000)
    const fresh = harness.freshProcess
    await send(fresh, MESSAGE)
    await send(fresh, { ...MESSAGE, id: 'm2' })
    expect(fleet.sent).toMatchObject([
      { workerId: owner, frame: { id: 'm1' } },
      { workerId: owner, frame: { id: 'm2' } },
    ])
    expect(fleet.framesFor('c1=')).toEqual([])
  },
)

test('[DF31] a socket whose row outlived it, or its session, is not-joined', async () => {
  const harness = await joined(makeHarness())
  const { fleet, deps } = harness
  const [[sessionId, held] = ['', undefined]] = fleet.held
  if (held) held.connectionId = 'c2='
  await send(harness.freshProcess, MESSAGE)
  const session = await deps.sessions.get(sessionId)
  fleet.held.clear()
  if (session) await deps.sessions.remove(session)
  await send(harness.freshProcess, MESSAGE)
  expect(fleet.sent).toEqual([])
  expect(fleet.framesFor('c1=')).toMatchObject([{ code: 'not-joined' }, { code: 'not-joined' }])
})

test('[DF9] nobody sends in a session of another: what a frame says about sockets and sessions is not read', async () => {
  const { deps, fleet } = await joined(makeHarness())
  const sessionId = [...fleet.held.keys()][0]
  await send(deps, { ...MESSAGE, sessionId, connectionId: 'c1=', from: 'sergio', epoch: 1 }, 'c2=')
  expect(fleet.sent).toEqual([])
  expect(fleet.framesFor('c2=')).toMatchObject([{ code: 'not-joined' }])
})

test('[DF11] for an owner that cannot be reached another worker is asked; while that may not take over: try-again', async () => {
  const harness = await joined(makeHarness())
  await harness.addWorker('b', 'up', 50)
  harness.fleet.conditions.set(workerIdOf('a'), 'dead')
  for (const deps of [harness.deps, harness.freshProcess]) await send(deps, MESSAGE)
  const expected = { frame: { messageType: 'ERROR', id: 'm1', code: 'try-again', retryAfterMs: 1000 } }
  expect(harness.fleet.pushes).toMatchObject([expected, expected])
  expect(harness.fleet.pushes.every(push => push.workerId === workerIdOf('b'))).toBe(true)
  expect(harness.fleet.sent).toEqual([])
})

test.each(['gone', 'declared dead'])(
  '[DF12] where the row of the owner is %s another worker takes the session over, and the next try arrives',
  async how => {
    const harness = await joined(makeHarness())
    const { fleet, workers, clock } = harness
    const [dead, heir] = [workerIdOf('a'), await harness.addWorker('b', 'up', 50)]
    const row = await workers.get(dead)
    if (how === 'gone') await workers.remove(dead)
    else if (row) await workers.declareDead(row, row.expiresAt)
    fleet.conditions.set(dead, 'dead')
    fleet.orphans.add(dead)
    clock.advance(2000)
    await send(harness.deps, MESSAGE)
    expect(fleet.framesFor('c1=')).toMatchObject([{ id: 'm1', code: 'try-again', retryAfterMs: 1000 }])
    for (const deps of [harness.deps, harness.freshProcess]) await send(deps, MESSAGE)
    expect(fleet.sent.map(each => each.workerId)).toEqual([heir, heir])
    expect(fleet.pushes.every(push => push.workerId === heir)).toBe(true)
  },
)

test('[DF22] an owner that is just giving its session away: one other is asked, which knows who has it', async () => {
  const harness = await joined(makeHarness())
  const { fleet } = harness
  const [heir, third] = [await harness.addWorker('b', 'up', 50), await harness.addWorker('c', 'up', 60)]
  fleet.conditions.set(workerIdOf('a'), 'fenced')
  for (const held of fleet.held.values()) held.owner = third
  await send(harness.deps, MESSAGE)
  await send(harness.deps, { ...MESSAGE, id: 'm2' })
  expect(fleet.sent).toMatchObject([{ workerId: third }, { workerId: third }])
  fleet.conditions.set(heir, 'fenced')
  fleet.conditions.set(third, 'fenced')
  await send(harness.deps, { ...MESSAGE, id: 'm3' })
  expect(fleet.framesFor('c1=')).toMatchObject([{ id: 'm3', code: 'try-again' }])
})

test('[DF23] a batch goes to the owner as it is, its frames unread', async () => {
  const { deps, fleet } = await joined(makeHarness())
  const batch = { stream: 1, ack: 4, frames: [{ messageType: 'NOPE' }, MESSAGE, 7] }
  await send(deps, batch)
  const sessionId = [...fleet.held.keys()][0]
  expect(fleet.sent).toEqual([
    { workerId: workerIdOf('a'), traceId: 'trace-1=', sessionId, connectionId: 'c1=', batch },
  ])
  expect(fleet.pushes).toEqual([])
})

test('[DF24] a batch that nobody takes is answered once, without an id: all of it is sent again', async () => {
  const harness = await joined(makeHarness())
  const { deps, fleet } = harness
  const batch = { stream: 1, ack: 4, frames: [MESSAGE, { ...MESSAGE, id: 'm2' }] }
  await send(deps, batch, 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([{ messageType: 'ERROR', code: 'not-joined' }])
  await harness.addWorker('b', 'up', 50)
  fleet.conditions.set(workerIdOf('a'), 'dead')
  await send(deps, batch)
  fleet.frames = async () => ({ kind: 'unanswered', cause: new Error('reset') })
  await send(deps, batch)
  const answers = fleet.framesFor('c1=')
  expect(answers).toMatchObject([
    { messageType: 'ERROR', code: 'try-again', retryAfterMs: 1000 },
    { messageType: 'ERROR', code: 'try-again', retryAfterMs: 1000 },
  ])
  expect(answers.every(frame => !('id' in frame) || frame.id === undefined)).toBe(true)
})

test('[DF13] a session that has ended is not-joined, remembered or not', async () => {
  const harness = await joined(makeHarness())
  const connection = await harness.deps.connections.get('c1=')
  harness.fleet.held.clear()
  await harness.deps.connections.remove('c1=', connection?.sessionId ?? '')
  for (const deps of [harness.deps, harness.freshProcess]) await send(deps, MESSAGE)
  expect(harness.fleet.framesFor('c1=')).toMatchObject([{ code: 'not-joined' }, { code: 'not-joined' }])
})

test('[DF14] what was remembered is read anew once when the worker has it no more: the frame arrives', async () => {
  const harness = await joined(makeHarness())
  await send(harness.deps, MESSAGE)
  await send(harness.freshProcess, JOIN)
  const now = await harness.deps.connections.get('c1=')
  await send(harness.deps, { ...MESSAGE, id: 'm2' })
  expect(harness.fleet.sent.at(-1)).toMatchObject({ sessionId: now?.sessionId, frame: { id: 'm2' } })
  expect(harness.fleet.framesFor('c1=')).toEqual([])
})

test('[DF15] a 409 is followed to the owner it names, once, and remembered', async () => {
  const harness = await joined(makeHarness())
  const other = await harness.addWorker('b', 'up', 50)
  for (const held of harness.fleet.held.values()) held.owner = other
  await send(harness.deps, MESSAGE)
  await send(harness.deps, { ...MESSAGE, id: 'm2' })
  expect(harness.fleet.sent).toMatchObject([{ workerId: other }, { workerId: other }])
})

test('[DF16] an owner that takes a frame and says nothing leaves it unsure, and it is never sent twice', async () => {
  const harness = await joined(makeHarness())
  await harness.addWorker('b', 'up', 50)
  const { fleet } = harness
  let asked = 0
  fleet.frames = async () => {
    asked += 1
    return { kind: 'unanswered', cause: new Error('reset') }
  }
  await send(harness.deps, MESSAGE)
  await send(harness.deps, { messageType: 'GET_CONTACTS', id: 'g1' })
  expect(asked).toBe(2)
  expect(fleet.framesFor('c1=')).toMatchObject([
    { id: 'm1', code: 'unsure' },
    { id: 'g1', code: 'no-answer' },
  ])
})

test('[DF32] after a call without an answer the row of the session is read, and its owner gets the next frame', async () => {
  const harness = await joined(makeHarness())
  const { fleet, freshProcess: deps } = harness
  const [first, owner] = [workerIdOf('a'), await harness.addWorker('b', 'up', 50)]
  const frames = vi.spyOn(fleet, 'frames')
  const read = vi.spyOn(deps.sessions, 'get')
  frames.mockResolvedValueOnce({ kind: 'unanswered', cause: new Error('reset') })
  await send(deps, MESSAGE)
  const [[sessionId, held] = ['', undefined]] = fleet.held
  const session = await deps.sessions.get(sessionId)
  if (session) await deps.sessions.claim(session, owner)
  if (held) held.owner = owner
  read.mockClear()
  for (const id of ['m2', 'm3']) await send(deps, { ...MESSAGE, id })
  expect(frames.mock.calls.map(([{ workerId }]) => workerId)).toEqual([first, owner, owner])
  expect(read).toHaveBeenCalledTimes(1)
  expect(fleet.framesFor('c1=')).toMatchObject([{ id: 'm1', code: 'unsure' }])
})

test('[DF26] a hand-off is logged with the trace id that the worker gets', async () => {
  const harness = await joined(makeHarness())
  const { deps, fleet, lines } = harness
  lines.length = 0
  await send(deps, MESSAGE)
  const [sessionId] = fleet.held.keys()
  expect(lines.map(line => JSON.parse(line) as unknown)).toMatchObject([
    { event: 'frames', traceId: 'trace-1=', connectionId: 'c1=', sessionId, outcome: 'settled' },
  ])
})

test('[DF33] a process that remembers the session before sends to the one that has the socket now, while nobody answers for the other', async () => {
  const harness = await joined(makeHarness())
  const { deps, fleet, clock, freshProcess: other } = harness
  await send(other, MESSAGE)
  const [dead, heir] = [workerIdOf('a'), await harness.addWorker('b', 'up', 50)]
  fleet.conditions.set(dead, 'dead')
  const joining = send(deps, JOIN)
  // The function that had the JOIN still tries to tell the worker of the session before.
  await vi.waitUntil(() => clock.pending > 0)
  const [before, now] = [...fleet.held.keys()]
  const frames = vi.spyOn(fleet, 'frames')
  await send(other, { ...MESSAGE, id: 'm2' })
  await send(other, { ...MESSAGE, id: 'm3' })
  // It remembers the session before, for which the heir cannot speak either, and from then on the one that has the socket.
  expect(frames.mock.calls.map(([{ workerId }, sessionId]) => [workerId, sessionId])).toEqual([
    [dead, before],
    [heir, before],
    [heir, now],
    [heir, now],
  ])
  expect(fleet.sent).toMatchObject([
    { workerId: dead, sessionId: before, frame: { id: 'm1' } },
    { workerId: heir, sessionId: now, frame: { id: 'm2' } },
    { workerId: heir, sessionId: now, frame: { id: 'm3' } },
  ])
  expect(fleet.framesFor('c1=')).toEqual([])
  fleet.conditions.set(dead, 'up')
  clock.advance(1000)
  await joining
})

test('[DF34] where nobody can take a frame, and the stores cannot say who else could, the client is asked to try again', async () => {
  const { deps, fleet } = await joined(makeHarness())
  await send(deps, MESSAGE)
  fleet.conditions.set(workerIdOf('a'), 'fenced')
  vi.spyOn(deps.connections, 'get').mockRejectedValue(new Error('throttled'))
  await send(deps, { ...MESSAGE, id: 'm2' })
  expect(fleet.framesFor('c1=')).toMatchObject([{ messageType: 'ERROR', code: 'try-again', id: 'm2' }])
})
