import { expect, test } from 'vitest'
import { countsOf } from '../shared/emf/counts.ts'
import { workerIdOf } from '../shared/stores/rows.ts'
import { JOIN, joined, MESSAGE, send, useHarness } from './harness.ts'

const makeHarness = useHarness()

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
  const { deps, fleet } = await joined(makeHarness())
  await send(deps, { ...JOIN, id: 'j1', password: 'wrong' }, 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([
    { messageType: 'FORBIDDEN', id: 'j1', code: 'bad-credentials' },
  ])
  await send(deps, JOIN, 'c2=')
  expect(await deps.connections.get('c2=')).toBeDefined()
})

test.each([0, 2, -1])('[DF3] a JOIN that asks for protocol %i is refused unread', async protocol => {
  const { deps, fleet } = await joined(makeHarness())
  await send(deps, { ...JOIN, id: 'j1', protocol }, 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([
    { messageType: 'FORBIDDEN', id: 'j1', code: 'unsupported-protocol' },
  ])
  expect(fleet.opens).toHaveLength(1)
})

test('[DF21] protocol 1 asks for a sequenced session, no protocol for a simple one', async () => {
  const { deps, fleet } = await joined(makeHarness())
  await send(deps, { ...JOIN, protocol: 1 }, 'c2=')
  expect(fleet.opens.map(open => open.mode)).toEqual(['simple', 'sequenced'])
})

test('[DF4] a spent budget tells when the next attempt counts', async () => {
  const { deps, fleet, clock } = await joined(makeHarness())
  for (let count = 0; count < 4; count += 1) await send(deps, { ...JOIN, password: 'wrong' }, 'c2=')
  clock.advance(2000)
  await send(deps, { ...JOIN, password: 'wrong' }, 'c2=')
  expect(fleet.framesFor('c2=').at(-1)).toMatchObject({
    messageType: 'FORBIDDEN',
    code: 'locked',
    retryAfterMs: 3_598_000,
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
  const { deps, fleet } = await joined(makeHarness())
  const before = await deps.connections.get('c1=')
  await send(deps, { ...JOIN, password: 'wrong' })
  expect(fleet.gone).toEqual([])
  await send(deps, JOIN)
  expect(fleet.gone).toMatchObject([{ sessionId: before?.sessionId, connectionId: 'c1=' }])
  const after = await deps.connections.get('c1=')
  await send(deps, MESSAGE)
  expect(fleet.sent).toMatchObject([{ sessionId: after?.sessionId }])
})

test('[DF8] a frame of a socket without a session is not-joined, with its id', async () => {
  const { deps, fleet } = await joined(makeHarness())
  await send(deps, MESSAGE, 'c2=')
  await send(deps, { messageType: 'PING' }, 'c2=')
  expect(fleet.framesFor('c2=')).toMatchObject([
    { messageType: 'ERROR', id: 'm1', code: 'not-joined' },
    { messageType: 'ERROR', code: 'not-joined' },
  ])
})

test.each([
  ['no JSON', '{', 'bad-frame', undefined],
  ['nothing', '', 'bad-frame', undefined],
  ['an unknown type', { messageType: 'NOPE', id: 'x1' }, 'unknown-type', 'x1'],
  ['a missing field', { messageType: 'NEW_MESSAGE', id: 'x2', to: 'jose' }, 'bad-frame', 'x2'],
])(
  '[DF10] a frame that cannot be read is ERROR, from its session where the socket has one: %s',
  async (_, frame, code, id) => {
    const { deps, fleet, meter } = await joined(makeHarness())
    const error = { messageType: 'ERROR', code, ...(id && { id }) }
    await send(deps, frame, 'c1=')
    expect(fleet.sent).toMatchObject([{ connectionId: 'c1=', refusal: error }])
    expect(fleet.framesFor('c1=')).toEqual([])
    await send(deps, frame, 'c2=')
    expect(fleet.framesFor('c2=')).toMatchObject([error])
    expect(fleet.sent).toHaveLength(1)
    expect(countsOf(meter)).toMatchObject({ [`Refusals ${code}`]: 2 })
  },
)

test('[DF27] a socket without a session hears 20 answers a second from one process, whatever it sends', async () => {
  const { deps, fleet, clock } = await joined(makeHarness())
  const flood = async () => {
    for (let number = 0; number < 8; number += 1)
      for (const frame of ['{', MESSAGE, { ...JOIN, protocol: 7 }]) await send(deps, frame, 'c2=')
  }
  await flood()
  expect(fleet.framesFor('c2=')).toHaveLength(20)
  await send(deps, '{', 'c3=')
  expect(fleet.framesFor('c3=')).toHaveLength(1)
  clock.advance(1000)
  await flood()
  expect(fleet.framesFor('c2=')).toHaveLength(40)
})

test('[DF28] when no worker can count what cannot be read, the function still answers it', async () => {
  const { deps, fleet } = await joined(makeHarness())
  fleet.conditions.set(workerIdOf('a'), 'fenced')
  await send(deps, '{')
  expect(fleet.framesFor('c1=')).toMatchObject([{ messageType: 'ERROR', code: 'bad-frame' }])
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
