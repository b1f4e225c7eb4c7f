import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Handover } from '../../shared/handoff/schemas.ts'
import { ROW_LAG_MS } from '../../worker/session/sockets.ts'
import { eventually } from './session/eventually.ts'
import {
  archiving,
  bounce,
  claim,
  join,
  message,
  MODE,
  resumeAgain,
  subscribe,
  withMid,
} from './session/sequenced.ts'
import { World, type FakeWorker, type Json } from './session/world.ts'
import { XmppSide } from './session/xmpp-side.ts'

let world: World
let worker: FakeWorker
let peer: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a', archiving(world))
  peer = world.worker('b', archiving(world))
})
afterEach(() => world.stop())

/** One of ana's messages has arrived. */
function receipt(id: string): string {
  return `<message from='ben@localhost/x' to='ana@localhost/here'><received xmlns='urn:xmpp:receipts' id='${id}'/></message>`
}

test('[HO10] what no archive has and the client has not got is told by the peer: a bounce, a receipt, a request', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  worker.batch(sessionId, 'c1=', { frames: [message(1), message(2)] })
  await world.untilAcked('c1=', 2)
  worker.sessions.socketGone(sessionId, 'c1=')
  const before = xmpp.written
  xmpp.message('archived', withMid(1))
  xmpp.stanza(bounce('id1'))
  xmpp.stanza(receipt('id2'))
  xmpp.stanza(subscribe('joe@b.example'))
  xmpp.message('archived too', withMid(2))
  await xmpp.heard()
  let given: Handover | undefined
  await worker.sessions.handOver(sessionId, async (_tenure, handover) => {
    given = handover
    return true
  })
  expect(world.row(sessionId)?.resumption).toMatchObject({ h: before + 1, hole: before + 1 })

  void peer.sessions.adopt(await claim(world, sessionId, 'b'), given)
  await resumeAgain(world, xmpp)
  const at = join(token, { ack: before + 1, from: 3, sent: 2 })
  await eventually(() => peer.sessions.count === 1)
  await peer.sessions.attach(sessionId, { connectionId: 'c2=', join: at })
  expect(await world.until('c2=', 'JOIN_SUCCESS')).toMatchObject({ sequence: { resumed: true } })
  await world.until('c2=', 'NEW_MESSAGE')
  expect(world.frames('c2=').filter(({ seq }) => seq !== undefined)).toMatchObject([
    { messageType: 'STATE', id: 'id1', state: 'failed' },
    { messageType: 'STATE', id: 'id2', state: 'delivered' },
    { messageType: 'SUBSCRIPTION', from: 'joe@b.example' },
    { messageType: 'NEW_MESSAGE', content: 'archived too' },
  ])
})

/** Its worker crashes, its peer goes on with it, and its client comes back at `c2=`. */
async function comeBack({ sessionId, xmpp, token }: Crashing, at: Json = {}): Promise<void> {
  worker.sessions.lose(sessionId)
  void peer.sessions.adopt(await claim(world, sessionId, 'b'))
  await resumeAgain(world, xmpp)
  await eventually(() => peer.sessions.count === 1)
  await peer.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token, at) })
  await world.until('c2=', 'SNAPSHOT')
}

type Crashing = Pick<Awaited<ReturnType<FakeWorker['join']>>, 'sessionId' | 'xmpp' | 'token'>

test('[AD17] a bounce and a request that came to nobody are told after a crash, minutes later too', async () => {
  const joined = await worker.join('c1=', MODE)
  const { sessionId, xmpp } = joined
  worker.batch(sessionId, 'c1=', { frames: [message(1)] })
  await world.untilAcked('c1=', 1)
  worker.sessions.socketGone(sessionId, 'c1=')
  xmpp.stanza(bounce('id1'))
  xmpp.stanza(subscribe('joe@b.example'))
  const written = world.sessions.writes
  await world.pass(150_000, xmpp)
  await eventually(() => world.row(sessionId)?.resumption?.h)
  // Without a socket; what is noted goes with that.
  expect(world.sessions.writes).toBe(written + 1)
  await comeBack(joined, { from: 2, sent: 1 })
  await world.until('c2=', 'SUBSCRIPTION')
  expect(world.frames('c2=').filter(({ seq }) => seq !== undefined)).toMatchObject([
    { messageType: 'STATE', id: 'id1', state: 'failed' },
    { messageType: 'SUBSCRIPTION', from: 'joe@b.example' },
  ])
  expect(await world.until('c2=', 'JOIN_SUCCESS')).toMatchObject({ sequence: { resumed: true } })
})

test('[AD18] after a crash the snapshot has the requests that the client knew, and none that was answered', async () => {
  const joined = await worker.join('c1=', MODE)
  const { sessionId, xmpp } = joined
  for (const from of ['joe@b.example', 'eve@localhost', 'amy@localhost']) xmpp.stanza(subscribe(from))
  await world.until('c1=', 'SUBSCRIPTION', 3)
  const refusal = { messageType: 'SUBSCRIPTION', seq: 1, id: 'no', to: 'eve', answer: 'refuse' }
  worker.batch(sessionId, 'c1=', { ack: xmpp.written, frames: [refusal] })
  await world.pass(120_000, xmpp)
  await eventually(() => world.row(sessionId)?.resumption?.h === xmpp.written)
  expect(world.row(sessionId)?.requests).toEqual(['joe@b.example', 'amy'])
  await comeBack(joined, { ack: xmpp.written, from: 2, sent: 1 })
  expect(await world.until('c2=', 'SNAPSHOT')).toMatchObject({
    requests: [{ from: 'joe@b.example' }, { from: 'amy' }],
  })
})

test('[AD19] what came more than 400 stanzas ago is a gap after a crash, behind the message that the client says', async () => {
  const joined = await worker.join('c1=', MODE)
  const { sessionId, xmpp } = joined
  const before = xmpp.written
  worker.sessions.socketGone(sessionId, 'c1=')
  xmpp.stanza(bounce('id1'))
  for (let n = 0; n < 400; n += 1) xmpp.stanza(`<presence from='ben@localhost/x'/>`)
  await world.pass(ROW_LAG_MS, xmpp)
  await eventually(() => world.row(sessionId)?.resumption?.lost === before + 1)
  const at = { ack: before, since: 'mid7' }
  await comeBack(joined, at)
  // A socket that breaks behind JOIN_SUCCESS takes the GAP along, and not the place behind it.
  await peer.sessions.attach(sessionId, { connectionId: 'c3=', join: join(joined.token, at) })
  for (const socket of ['c2=', 'c3=']) {
    const welcome = await world.until(socket, 'JOIN_SUCCESS')
    expect(welcome).toMatchObject({ sequence: { seq: before, resumed: true } })
    const gap = { messageType: 'GAP', reason: 'not-in-archive', after: 'mid7' }
    await world.until(socket, 'GAP')
    const frames = expect.arrayContaining([{ messageType: 'RESET', stream: 1, seq: before + 1 }, gap])
    expect(world.batches(socket)).toContainEqual(expect.objectContaining({ prev: before, frames }))
  }
})

test('[AD21] a bounce that was left to the server is a gap after a crash when the server no longer has the stream', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  worker.batch(sessionId, 'c1=', { frames: [message(1)] })
  await world.untilAcked('c1=', 1)
  worker.sessions.socketGone(sessionId, 'c1=')
  xmpp.stanza(bounce('id1'))
  await xmpp.heard()
  worker.sessions.lose(sessionId)
  void peer.sessions.adopt(await claim(world, sessionId, 'b'))
  const next = await XmppSide.accept(world.server)
  await next.askedToResume()
  await next.notResumed('ana@localhost/here')
  next.play()
  await eventually(() => peer.sessions.count === 1)
  // Its client has it, and then comes back from there.
  await peer.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token, { from: 2, sent: 1 }) })
  const told = await world.until('c2=', 'GAP')
  expect(told).toEqual({ seq: expect.any(Number), messageType: 'GAP', reason: 'not-in-archive' })
  const at = { stream: 2, ack: Number(told['seq']), from: 2, sent: 1 }
  await peer.sessions.attach(sessionId, { connectionId: 'c3=', join: join(token, at) })
  await world.until('c3=', 'SNAPSHOT')
  expect(world.types('c3=')).not.toContain('GAP')
})

test('[AD20] 640 messages behind a bounce for a client that is away cost fewer writes than without it, and fit the server', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  await world.pass(ROW_LAG_MS, xmpp)
  const written = world.sessions.writes
  xmpp.stanza(bounce('id1'))
  let behind = 0
  for (let n = 1; n <= 640; n += 1) {
    xmpp.message(`m${n}`, withMid(n))
    if (n % 16 === 0) behind = Math.max(behind, xmpp.written - (await xmpp.heard()))
  }
  expect(world.sessions.writes - written).toBeLessThan(640 / 64)
  expect(behind).toBeGreaterThan(350)
  expect(behind).toBeLessThan(500)
})

test('[SX19] a GAP comes in one batch with the RESET over it, and not behind a JOIN_SUCCESS that moves the client', async () => {
  const bare = world.worker('bare', archiving(world, false))
  const { sessionId, xmpp, token } = await bare.join('c1=', MODE)
  xmpp.client.drop()
  const again = await world.comeBack()
  await again.askedToResume()
  await again.notResumed()
  again.play()
  await world.until('c1=', 'RESET')
  const gap = { messageType: 'GAP', reason: 'no-archive' }
  const welcomes = [
    // Of the stream before, twice: the first socket takes the GAP along.
    [
      { stream: 1, ack: 7 },
      { stream: 1, seq: 7, resumed: true },
    ],
    [
      { stream: 1, ack: 7 },
      { stream: 1, seq: 7, resumed: true },
    ],
    // From where the log has never been no RESET would bring it back.
    [
      { stream: 2, ack: 1_000_000 },
      { stream: 2, seq: 0, resumed: false },
    ],
    [
      { stream: 9, ack: 7 },
      { stream: 2, seq: 0, resumed: false },
    ],
  ] as const
  for (const [index, [stand, sequence]] of welcomes.entries()) {
    const connectionId = `c${index + 2}=`
    await bare.sessions.attach(sessionId, { connectionId, join: join(token, stand) })
    expect(await world.until(connectionId, 'JOIN_SUCCESS')).toMatchObject({ sequence })
    await world.until(connectionId, 'GAP')
    const [first] = world.batches(connectionId)
    const reset = expect.objectContaining({ messageType: 'RESET', stream: 2 })
    expect(first).toMatchObject({ stream: 2, frames: expect.arrayContaining([reset, gap]) })
  }
})
