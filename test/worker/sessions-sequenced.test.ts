import { afterEach, beforeEach, expect, test } from 'vitest'
import { ROW_LAG_MS } from '../../worker/session/sockets.ts'
import { sessionIdOf } from '../shared/stores/rows.ts'
import { join, message, MODE, withMid } from './session/sequenced.ts'
import { World, type FakeWorker, type Json } from './session/world.ts'
import { eventually } from './session/eventually.ts'

let world: World
let worker: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a')
})
afterEach(() => world.stop())

test('[SX1] JOIN_SUCCESS brings a token, where the log begins, and the limits; then comes a snapshot', async () => {
  const { sessionId, welcome, token } = await worker.join('c1=', MODE)
  expect(welcome).toMatchObject({
    sequence: { stream: 1, epoch: 1, seq: 0, ack: 0, resumed: false },
    limits: { maxBatchBytes: 28_672, maxContentBytes: 8192, window: 32, rollMs: 6_900_000 },
  })
  expect(token.startsWith(`${sessionId}.`)).toBe(true)
  expect(JSON.stringify(world.row(sessionId))).not.toContain(token)
  await world.until('c1=', 'SNAPSHOT')
  expect(world.batches('c1=')[0]).toMatchObject({ stream: 1, epoch: 1, prev: 0, ack: 0 })
})

test('[SX2] frames up are taken in order and acknowledged when the server has them', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  worker.batch(sessionId, 'c1=', { frames: [message(2)] })
  worker.batch(sessionId, 'c1=', { frames: [message(1), { id: 'p', messageType: 'PING' }] })
  await world.until('c1=', 'PONG')
  await world.untilAcked('c1=', 2)
  expect(xmpp.bodies()).toEqual(['m1', 'm2'])
})

test('[SX3] a batch with a bad frame loses that frame alone; a batch of a simple client is refused', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  worker.batch(sessionId, 'c1=', { frames: [{ ...message(1), content: 7 }, message(2)] })
  expect(await world.until('c1=', 'ERROR')).toMatchObject({ code: 'bad-frame', id: 'id1' })
  await world.untilAcked('c1=', 2)
  expect(xmpp.bodies()).toEqual(['m2'])
  const simple = await worker.join('c2=')
  worker.batch(simple.sessionId, 'c2=', { frames: [] })
  expect(await world.until('c2=', 'ERROR')).toMatchObject({ code: 'bad-frame' })
})

test('[SX4] a client that comes back with its token goes on where it was', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  xmpp.message('one', withMid(1))
  const [first] = [await world.until('c1=', 'NEW_MESSAGE')]
  worker.batch(sessionId, 'c1=', { ack: Number(first?.['seq']) })
  worker.sessions.socketGone(sessionId, 'c1=')
  xmpp.message('two', withMid(2))
  await xmpp.heard()
  const ack = Number(first?.['seq'])
  const outcome = await worker.sessions.attach(sessionId, {
    connectionId: 'c2=',
    join: join(token, { ack }),
  })
  expect(outcome).toEqual({ kind: 'attached', replaced: undefined })
  const welcome = await world.until('c2=', 'JOIN_SUCCESS')
  expect(welcome).toMatchObject({ sequence: { token, stream: 1, seq: ack, ack: 0, resumed: true } })
  await world.until('c2=', 'NEW_MESSAGE')
  expect(world.frames('c2=').filter(frame => frame['seq'] !== undefined)).toMatchObject([
    { seq: ack + 1, content: 'two' },
  ])
  expect(world.row(sessionId)).toMatchObject({ sockets: [{ connectionId: 'c2=' }] })
  expect(world.row(sessionId)?.detachedAt).toBeUndefined()
})

test('[SX5] a wrong token is refused and harms nobody', async () => {
  const { sessionId, token } = await worker.join('c1=', MODE)
  const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
  const attach = (id: string, used: string) =>
    worker.sessions.attach(id, { connectionId: 'c2=', join: join(used) })
  expect(await attach(sessionId, wrong)).toEqual({ kind: 'refused' })
  expect(await attach(sessionIdOf('none'), token)).toEqual({ kind: 'not-here' })
  expect(worker.batch(sessionId, 'c1=', {})).toBe(true)
  expect(world.types('c2=')).toEqual([])
})

test('[SX6] a token older than a day is replaced; the one before opens 10 minutes more', async () => {
  const { sessionId, token } = await worker.join('c1=', MODE)
  const attach = (connectionId: string, used: string) =>
    worker.sessions.attach(sessionId, { connectionId, join: join(used) })
  world.wallAheadMs = 24 * 3_600_000
  await attach('c2=', token)
  const newest = tokenIn(await world.until('c2=', 'JOIN_SUCCESS'))
  expect(newest).not.toBe(token)
  world.wallAheadMs += 600_000 - 1
  expect(await attach('c3=', newest)).toMatchObject({ kind: 'attached' })
  expect(tokenIn(await world.until('c3=', 'JOIN_SUCCESS'))).toBe(newest)
  world.wallAheadMs += 1
  expect(await attach('c4=', token)).toEqual({ kind: 'refused' })
})

test('[SX7] a second socket takes over from the first, whose last frames still count for 2 s', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  expect(await world.until('c1=', 'LEAVE')).toMatchObject({ code: 'moved' })
  expect(worker.batch(sessionId, 'c1=', { frames: [message(1)] })).toBe(true)
  await world.untilAcked('c2=', 1)
  expect(world.row(sessionId)?.sockets).toEqual([{ connectionId: 'c2=' }, { connectionId: 'c1=' }])
  const written = world.sessions.writes
  world.clock.advance(2000)
  expect(world.hungUp).toEqual(['c1='])
  expect(worker.batch(sessionId, 'c1=', {})).toBe(false)
  worker.sessions.socketGone(sessionId, 'c1=')
  expect(worker.batch(sessionId, 'c2=', {})).toBe(true)
  await world.pass(ROW_LAG_MS, xmpp)
  expect(world.sessions.writes).toBe(written)
  expect(xmpp.goodbye).toBe(false)
})

test('[SX8] detached: away after 60 s, back when the client is, ended after 10 minutes', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  await world.pass(60_000, xmpp)
  await xmpp.untilSaid(stanza => stanza.getChildText('show') === 'away')
  await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  await eventually(() => xmpp.said.at(-1)?.getChild('show') === undefined)
  worker.sessions.socketGone(sessionId, 'c2=')
  await world.pass(599_999, xmpp)
  expect(xmpp.goodbye).toBe(false)
  world.clock.advance(1)
  await eventually(() => xmpp.goodbye && world.row(sessionId) === undefined)
})

test('[SX9] a socket that is silent for 11 minutes, or is 2 h old, counts as gone', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  await world.pass(10 * 60_000, xmpp)
  worker.batch(sessionId, 'c1=', {})
  await world.pass(10 * 60_000, xmpp)
  expect(worker.batch(sessionId, 'c1=', {})).toBe(true)
  await world.pass(11 * 60_000, xmpp)
  expect(worker.batch(sessionId, 'c1=', {})).toBe(false)
  await world.pass(ROW_LAG_MS, xmpp)
  await eventually(() => world.row(sessionId)?.sockets.length === 0)
})

test('[SX10] a push that finds the socket gone detaches the session and loses nothing', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  world.answers.set('c1=', 'gone')
  xmpp.message('one', withMid(1))
  await eventually(() => worker.sessions.sockets === 0)
  await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  expect(await world.until('c2=', 'NEW_MESSAGE')).toMatchObject({ content: 'one' })
})

test('[SX11] h is stored before it is told, and waits for the acknowledgement of the client', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  for (let n = 1; n <= 10; n += 1) xmpp.message(`m${n}`, withMid(n))
  await world.until('c1=', 'NEW_MESSAGE', 10)
  expect(await xmpp.heard()).toBe(0)
  worker.batch(sessionId, 'c1=', { ack: xmpp.written })
  expect(await xmpp.heard()).toBe(0)
  const written = world.sessions.writes
  await world.pass(120_000, xmpp)
  await eventually(() => world.row(sessionId)?.resumption?.h === xmpp.written)
  expect(await xmpp.heard()).toBe(xmpp.written)
  expect(world.sessions.writes - written).toBe(1)
})

test('[SX12] 640 messages of a chat cost fewer than 64 writes', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  const written = world.sessions.writes
  for (let n = 1; n <= 640; n += 1) {
    xmpp.message(`m${n}`, withMid(n))
    if (n % 32 > 0) continue
    await world.until('c1=', 'NEW_MESSAGE', n)
    worker.batch(sessionId, 'c1=', { ack: xmpp.written })
  }
  await eventually(() => (world.row(sessionId)?.resumption?.h ?? 0) > 576)
  expect(world.sessions.writes - written).toBeLessThanOrEqual(11)
})

test('[SX13] a lost stream that cannot be resumed is a new one: its number is in the row, and RESET says so', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.message('one', withMid(1))
  await world.until('c1=', 'NEW_MESSAGE')
  xmpp.client.drop()
  const again = await world.comeBack()
  await again.askedToResume()
  await again.notResumed()
  again.play()
  const reset = await world.until('c1=', 'RESET')
  expect(reset).toMatchObject({ stream: 2, seq: 0 })
  expect(world.row(sessionId)).toMatchObject({ stream: 2, epoch: 1 })
  await eventually(() => world.row(sessionId)?.resumption)
  again.message('two', withMid(2))
  await world.until('c1=', 'NEW_MESSAGE', 2)
  expect(world.batches('c1=').at(-1)).toMatchObject({ stream: 2 })
})

test('[SX14] while the stream is lost frames are to be sent again later; PING is answered', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.client.drop()
  await xmpp.client.gone
  // Until the worker has noticed, a frame may be taken.
  let seq = 0
  await eventually(() => {
    worker.batch(sessionId, 'c1=', { frames: [message((seq += 1)), { messageType: 'PING' }] })
    return world.types('c1=').includes('ERROR try-again')
  })
  await world.until('c1=', 'PONG')
})

test('[SX15] LEAVE erases the session: its token opens nothing more', async () => {
  const { sessionId, token } = await worker.join('c1=', MODE)
  worker.batch(sessionId, 'c1=', { frames: [{ messageType: 'LEAVE', id: 'l' }] })
  expect(await world.until('c1=', 'LEAVE')).toMatchObject({ id: 'l', code: 'left' })
  await eventually(() => world.row(sessionId) === undefined)
  const outcome = await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  expect(outcome).toEqual({ kind: 'not-here' })
})

function tokenIn(welcome: Json): string {
  return (welcome['sequence'] as { token: string }).token
}

test('[SX16] a batch of 512 frames that cannot be read is answered up to the burst, and then with one ERROR', async () => {
  const { sessionId } = await worker.join('c1=', MODE)
  const nonsense = { frames: Array.from({ length: 512 }, () => ({})) }
  for (const id of ['a', 'b']) {
    worker.batch(sessionId, 'c1=', nonsense)
    worker.batch(sessionId, 'c1=', { frames: [{ messageType: 'PING', id }] })
    await eventually(() => world.frames('c1=').some(frame => frame['id'] === id))
  }
  const codes = world.frames('c1=').map(({ code }) => code)
  expect(codes.filter(code => code === 'bad-frame')).toHaveLength(200)
  // One for each batch.
  expect(codes.filter(code => code === 'rate-limited')).toHaveLength(4)
})

test.each(['simple', 'sequenced'] as const)(
  '[SX17] what the function could not read costs a token of its session: %s',
  async mode => {
    const refusal = { messageType: 'ERROR', id: 'r', code: 'bad-frame', message: 'Not JSON.' } as const
    const { sessionId } = await worker.join('c1=', { mode })
    for (let number = 0; number < 201; number += 1)
      worker.sessions.receive(sessionId, { connectionId: 'c1=', refusal })
    await eventually(() => world.types('c1=').includes('ERROR rate-limited'))
    const refused = world.frames('c1=').filter(({ messageType }) => messageType === 'ERROR')
    expect(refused.filter(({ code }) => code === 'bad-frame')).toHaveLength(200)
    expect(refused.at(-1)).toMatchObject({ id: 'r', code: 'rate-limited' })
  },
)

test('[SX18] a batch of a simple client costs a token', async () => {
  const { sessionId } = await worker.join('c1=')
  for (let number = 0; number < 201; number += 1) worker.batch(sessionId, 'c1=', {})
  await eventually(() => world.types('c1=').includes('ERROR rate-limited'))
})
