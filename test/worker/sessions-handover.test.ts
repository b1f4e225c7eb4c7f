import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Handover } from '../../shared/handoff/schemas.ts'
import type { SessionRow } from '../../shared/stores/sessions.ts'
import { workerIdOf } from '../shared/stores/rows.ts'
import { eventually } from './session/eventually.ts'
import { claim, join, message, MODE, withMid } from './session/sequenced.ts'
import { World, type FakeWorker } from './session/world.ts'
import { XmppSide } from './session/xmpp-side.ts'

let world: World
let worker: FakeWorker
let peer: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a')
  peer = world.worker('b')
})
afterEach(() => world.stop())

/** Taken by this worker, the session goes on behind the second frame: what its client sends again is not taken twice. */
async function goesOnBehindTwo(
  taker: FakeWorker,
  row: SessionRow,
  xmpp: XmppSide,
  given: Handover | undefined,
): Promise<void> {
  const adopted = taker.sessions.adopt(row, given)
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  next.resumed()
  next.play()
  await adopted
  expect(await world.until('c1=', 'SYNC')).toEqual({ messageType: 'SYNC', ack: 2 })
  taker.batch(row.sessionId, 'c1=', { frames: [message(2), message(3)] })
  await world.untilAcked('c1=', 3)
  expect(next.bodies()).toEqual(['m3'])
}

test('[HO1] handed over: what is on its way goes along, and no frame is lost or taken twice', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.acknowledging = false
  worker.batch(sessionId, 'c1=', { frames: [message(1), message(2)] })
  await xmpp.untilSaid(stanza => stanza.getChildText('body') === 'm2')
  let given: Handover | undefined
  const done = worker.sessions.handOver(sessionId, async (tenure, handover) => {
    expect(worker.batch(sessionId, 'c1=', { frames: [message(3)] })).toBe('later')
    expect(tenure).toEqual(worker.sessions.tenure(sessionId))
    given = handover
    return true
  })
  expect(await done).toBe(true)
  expect(worker.sessions.count).toBe(0)
  expect(given?.up).toMatchObject({ last: 2, acked: 0 })
  expect(given?.outbound.unacked.length).toBeGreaterThanOrEqual(2)

  await goesOnBehindTwo(peer, await claim(world, sessionId, 'b'), xmpp, given)
})

test('[HO2] a peer that says no changes nothing: what was held back meanwhile is heard then', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  const done = worker.sessions.handOver(sessionId, async () => {
    xmpp.message('meanwhile', withMid(1))
    await xmpp.heard()
    expect(world.types('c1=')).not.toContain('NEW_MESSAGE')
    return false
  })
  expect(await done).toBe(false)
  await world.until('c1=', 'NEW_MESSAGE')
  worker.batch(sessionId, 'c1=', { frames: [message(1)] })
  await world.untilAcked('c1=', 1)
})

test('[HO3] handing over stores what is handled, and leaves row, socket and XMPP session as they are', async () => {
  const { sessionId, xmpp } = await worker.join('c1=')
  xmpp.message('one')
  await world.until('c1=', 'NEW_MESSAGE')
  await worker.sessions.handOver(sessionId, async () => true)
  await xmpp.client.gone
  expect(xmpp.goodbye).toBe(false)
  expect(world.row(sessionId)).toMatchObject({
    owner: workerIdOf('a'),
    sockets: [{ connectionId: 'c1=' }],
    resumption: { h: xmpp.written },
  })
  expect(world.types('c1=')).toEqual(['JOIN_SUCCESS', 'NEW_MESSAGE'])
})

test('[HO4] who was told later can wait until the session is online here, or is given away', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  const giving = Promise.withResolvers<boolean>()
  const done = worker.sessions.handOver(sessionId, () => giving.promise)
  await eventually(() => worker.batch(sessionId, 'c1=', {}) === 'later')
  const settled = worker.sessions.settled(sessionId)
  giving.resolve(true)
  await done
  await settled
  expect(worker.batch(sessionId, 'c1=', {})).toBe(false)

  const row = await claim(world, sessionId, 'b')
  void peer.sessions.adopt(row)
  const attached = peer.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  next.resumed()
  next.play()
  expect(await attached).toMatchObject({ kind: 'attached' })
  await peer.sessions.settled(sessionId)
  expect(peer.batch(sessionId, 'c2=', {})).toBe(true)
})

test('[HO5] what the server acknowledges while the session is given away is not lost between the two', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.acknowledging = false
  worker.batch(sessionId, 'c1=', { frames: [message(1)] })
  await xmpp.untilSaid(stanza => stanza.getChildText('body') === 'm1')
  const reading = Promise.withResolvers<void>()
  world.reads = reading.promise
  worker.batch(sessionId, 'c1=', { frames: [{ messageType: 'PING' }] })
  let given: Handover | undefined
  const done = worker.sessions.handOver(sessionId, async (_tenure, handover) => {
    given = handover
    return true
  })
  await eventually(() => worker.batch(sessionId, 'c1=', {}) === 'later')
  xmpp.acknowledge()
  await xmpp.heard()
  reading.resolve()
  await done
  expect(given?.up).toMatchObject({ last: 1, acked: 1 })
  expect(given?.outbound).toMatchObject({ unacked: [], frames: [] })
})

test('[HO8] handed over within 5 s of losing its socket, it is without one in the row that the peer claims', async () => {
  const { sessionId } = await worker.join('c1=', MODE)
  const detachedAt = world.clock.now()
  worker.sessions.socketGone(sessionId, 'c1=')
  expect(await worker.sessions.handOver(sessionId, async () => true)).toBe(true)
  expect(await claim(world, sessionId, 'b')).toMatchObject({ sockets: [], detachedAt })
})

test('[HO9] let go and claimed back by the same worker, it goes on as if it had never been given', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.acknowledging = false
  worker.batch(sessionId, 'c1=', { frames: [message(1), message(2)] })
  await xmpp.untilSaid(stanza => stanza.getChildText('body') === 'm2')
  let given: Handover | undefined
  await worker.sessions.handOver(sessionId, async (_tenure, handover) => {
    given = handover
    return true
  })
  expect(worker.batch(sessionId, 'c1=', { frames: [message(3)] })).toBe(false)

  await goesOnBehindTwo(worker, await claim(world, sessionId, 'a'), xmpp, given)
})
