import { expect, test } from 'vitest'
import { makeDefaultHandler } from '../../functions/default.ts'
import type { Deps } from '../../functions/deps.ts'
import { workerIdOf } from '../shared/stores/rows.ts'
import { type Harness, messageEventOf, useHarness } from './harness.ts'

const makeHarness = useHarness()

const JOIN = { messageType: 'JOIN', username: 'sergio', password: 'right' }
const MESSAGE = { messageType: 'NEW_MESSAGE', id: 'm1', to: 'jose', content: 'hello' }

function send(deps: Deps, frame: unknown, connectionId?: string) {
  return makeDefaultHandler(deps)(messageEventOf(frame, connectionId))
}

/** A worker and a socket that has joined. */
async function joined(): Promise<Harness> {
  const harness = makeHarness()
  await harness.addWorker('a')
  harness.fleet.accounts.set('sergio', 'right')
  await send(harness.deps, JOIN)
  return harness
}

test('[DF1] a JOIN is answered by the worker that opened the session, under its id', async () => {
  const harness = makeHarness()
  await harness.addWorker('a')
  expect(await send(harness.deps, { ...JOIN, id: 'j1' })).toEqual({ statusCode: 200 })
  expect(harness.fleet.opens).toMatchObject([
    { username: 'sergio', joinId: 'j1', handshake: false, traceId: 'trace-1=' },
  ])
  expect(harness.fleet.pushes).toEqual([])
})

test('[DF2] a refused JOIN is FORBIDDEN with its id, and the socket may try again', async () => {
  const { deps, fleet } = await joined()
  await send(deps, { ...JOIN, id: 'j1', password: 'wrong' }, 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([
    { messageType: 'FORBIDDEN', id: 'j1', code: 'bad-credentials' },
  ])
  await send(deps, JOIN, 'c2=')
  expect(await deps.connections.get('c2=')).toBeDefined()
})

test('[DF3] a JOIN that asks for a protocol of another version is refused unread', async () => {
  const { deps, fleet } = await joined()
  await send(deps, { ...JOIN, id: 'j1', protocol: 1 }, 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([
    { messageType: 'FORBIDDEN', id: 'j1', code: 'unsupported-protocol' },
  ])
  expect(fleet.opens).toHaveLength(1)
})

test('[DF4] a spent budget tells when the next attempt counts', async () => {
  const { deps, fleet } = await joined()
  for (let count = 0; count < 5; count += 1) await send(deps, { ...JOIN, password: 'wrong' }, 'c2=')
  expect(fleet.framesFor('c2=').at(-1)).toMatchObject({
    messageType: 'FORBIDDEN',
    code: 'locked',
    retryAfterMs: 3_600_000,
  })
})

test('[DF5] a JOIN that no worker takes now is ERROR try-again, pushed by one that lives', async () => {
  const harness = makeHarness()
  await harness.addWorker('a', 'cut-off')
  await send(harness.deps, { ...JOIN, id: 'j1' })
  expect(harness.fleet.framesFor('c1=')).toMatchObject([
    { messageType: 'ERROR', id: 'j1', code: 'try-again', retryAfterMs: 1000 },
  ])
})

test('[DF6] a JOIN on a socket that has a session opens the new one and takes the socket from the old', async () => {
  const { deps, fleet } = await joined()
  const before = await deps.connections.get('c1=')
  await send(deps, { ...JOIN, password: 'wrong' })
  expect(fleet.gone).toEqual([])
  await send(deps, JOIN)
  expect(fleet.gone).toMatchObject([{ sessionId: before?.sessionId, connectionId: 'c1=' }])
  const after = await deps.connections.get('c1=')
  await send(deps, MESSAGE)
  expect(fleet.sent).toMatchObject([{ sessionId: after?.sessionId }])
})

test('[DF7] a frame goes to the owner of the session, found with nothing remembered', async () => {
  const harness = await joined()
  await send(harness.freshProcess, MESSAGE)
  expect(harness.fleet.sent).toMatchObject([
    { workerId: workerIdOf('a'), connectionId: 'c1=', frame: MESSAGE, traceId: 'trace-1=' },
  ])
})

test('[DF8] a frame of a socket without a session is not-joined, with its id', async () => {
  const { deps, fleet } = await joined()
  await send(deps, MESSAGE, 'c2=')
  await send(deps, { messageType: 'PING' }, 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([
    { messageType: 'ERROR', id: 'm1', code: 'not-joined' },
    { messageType: 'ERROR', code: 'not-joined' },
  ])
})

test('[DF9] nobody sends in a session of another: what a frame says about sockets and sessions is not read', async () => {
  const { deps, fleet } = await joined()
  const sessionId = [...fleet.held.keys()][0]
  await send(deps, { ...MESSAGE, sessionId, connectionId: 'c1=', from: 'sergio', epoch: 1 }, 'c2=')
  expect(fleet.sent).toEqual([])
  expect(fleet.framesFor('c2=')).toMatchObject([{ code: 'not-joined' }])
})

test.each([
  ['no JSON', '{', 'bad-frame', undefined],
  ['nothing', '', 'bad-frame', undefined],
  ['an unknown type', { messageType: 'NOPE', id: 'x1' }, 'unknown-type', 'x1'],
  ['a missing field', { messageType: 'NEW_MESSAGE', id: 'x2', to: 'jose' }, 'bad-frame', 'x2'],
])(
  '[DF10] a frame that cannot be read is ERROR, whether or not the socket has joined: %s',
  async (_, frame, code, id) => {
    const { deps, fleet } = await joined()
    for (const connectionId of ['c1=', 'c2=']) {
      await send(deps, frame, connectionId)
      expect(fleet.framesFor(connectionId)).toMatchObject([{ messageType: 'ERROR', code, ...(id && { id }) }])
    }
    expect(fleet.sent).toEqual([])
  },
)

test('[DF11] a dead owner is answered for by another worker: try-again, and the frame went nowhere else', async () => {
  const harness = await joined()
  await harness.addWorker('b', 'up', 50)
  harness.fleet.conditions.set(workerIdOf('a'), 'dead')
  for (const deps of [harness.deps, harness.freshProcess]) await send(deps, MESSAGE)
  const expected = { frame: { messageType: 'ERROR', id: 'm1', code: 'try-again', retryAfterMs: 1000 } }
  expect(harness.fleet.pushes).toMatchObject([expected, expected])
  expect(harness.fleet.pushes.every(push => push.workerId === workerIdOf('b'))).toBe(true)
  expect(harness.fleet.sent).toEqual([])
})

test('[DF12] an owner whose row is gone or has expired holds nothing: not-joined', async () => {
  const harness = await joined()
  await harness.addWorker('b', 'up', 50)
  await harness.workers.remove(workerIdOf('a'))
  for (const deps of [harness.deps, harness.freshProcess]) {
    harness.clock.advance(2000)
    await send(deps, MESSAGE)
  }
  expect(harness.fleet.framesFor('c1=')).toMatchObject([{ code: 'not-joined' }, { code: 'not-joined' }])
})

test('[DF13] a session that has ended is not-joined, remembered or not', async () => {
  const harness = await joined()
  const connection = await harness.deps.connections.get('c1=')
  harness.fleet.held.clear()
  await harness.deps.connections.remove('c1=', connection?.sessionId ?? '')
  for (const deps of [harness.deps, harness.freshProcess]) await send(deps, MESSAGE)
  expect(harness.fleet.framesFor('c1=')).toMatchObject([{ code: 'not-joined' }, { code: 'not-joined' }])
})

test('[DF14] what was remembered is read anew once when the worker has it no more: the frame arrives', async () => {
  const harness = await joined()
  await send(harness.deps, MESSAGE)
  await send(harness.freshProcess, JOIN)
  const now = await harness.deps.connections.get('c1=')
  await send(harness.deps, { ...MESSAGE, id: 'm2' })
  expect(harness.fleet.sent.at(-1)).toMatchObject({ sessionId: now?.sessionId, frame: { id: 'm2' } })
  expect(harness.fleet.framesFor('c1=')).toEqual([])
})

test('[DF15] a 409 is followed to the owner it names, once, and remembered', async () => {
  const harness = await joined()
  const other = await harness.addWorker('b', 'up', 50)
  for (const held of harness.fleet.held.values()) held.owner = other
  await send(harness.deps, MESSAGE)
  await send(harness.deps, { ...MESSAGE, id: 'm2' })
  expect(harness.fleet.sent).toMatchObject([{ workerId: other }, { workerId: other }])
})

test('[DF16] an owner that takes a frame and says nothing leaves it unsure, and it is never sent twice', async () => {
  const harness = await joined()
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

test('[DF17] an answer goes round dead workers to one that lives', async () => {
  const harness = makeHarness()
  await harness.addWorker('a', 'dead')
  await harness.addWorker('b', 'dead')
  await harness.addWorker('c')
  await send(harness.deps, MESSAGE)
  expect(harness.fleet.pushes).toMatchObject([{ workerId: workerIdOf('c'), frame: { code: 'not-joined' } }])
})

test('[DF18] when nobody can answer, the function fails, and the gateway says so to the client', async () => {
  const harness = makeHarness()
  await expect(send(harness.deps, JOIN)).rejects.toMatchObject({ name: 'NoWorkerLeft' })
  await expect(send(harness.deps, '{')).rejects.toMatchObject({ name: 'NoWorkerLeft' })
  for (const name of ['a', 'b', 'c', 'd']) await harness.addWorker(name, 'dead')
  await expect(send(harness.deps, MESSAGE)).rejects.toMatchObject({ name: 'NoWorkerLeft' })
})

test('[DF19] a push that nobody confirms fails the function, rather than leave the client without a word', async () => {
  const harness = makeHarness()
  await harness.addWorker('a', 'mute')
  await expect(send(harness.deps, '{')).rejects.toMatchObject({ name: 'AnswerUnsure' })
})

test('[DF20] the next JOIN works when a worker is back', async () => {
  const harness = makeHarness()
  await expect(send(harness.deps, JOIN)).rejects.toMatchObject({ name: 'NoWorkerLeft' })
  await harness.addWorker('a')
  expect(await send(harness.deps, JOIN)).toEqual({ statusCode: 200 })
  expect(await harness.deps.connections.get('c1=')).toBeDefined()
})
