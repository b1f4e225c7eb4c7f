import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SessionRow } from '../../shared/stores/sessions.ts'
import { ROW_LAG_MS } from '../../worker/session/sockets.ts'
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

/** The worker is gone without a word; its peer has claimed the session. */
async function crash(sessionId: string): Promise<SessionRow> {
  worker.sessions.lose(sessionId)
  return claim(world, sessionId, 'b')
}

test('[AD1] lost: TCP is dropped without a goodbye, the client hears nothing, and no row is touched', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  const before = world.row(sessionId)
  worker.sessions.lose(sessionId)
  await xmpp.client.gone
  expect(xmpp.goodbye).toBe(false)
  expect(worker.sessions.count).toBe(0)
  expect(world.row(sessionId)).toEqual(before)
  expect(world.types('c1=')).not.toContain('LEAVE')
  expect(world.hungUp).toEqual([])
})

test('[AD2] after a crash the peer resumes the stream from the row, and the client is asked where it stands', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  const row = await crash(sessionId)
  const adopted = peer.sessions.adopt(row)
  const next = await XmppSide.accept(world.server, xmpp.received)
  const resume = await next.askedToResume()
  expect(resume.attrs).toMatchObject({ previd: 'sm1', h: '0' })
  const written = world.sessions.writes
  next.resumed()
  next.play()
  await adopted
  expect(world.sessions.writes).toBe(written + 1)
  expect(await world.until('c1=', 'SYNC')).toEqual({ messageType: 'SYNC' })
  expect(world.batches('c1=').at(-1)).toMatchObject({ stream: 1, epoch: 2 })
  await world.until('c1=', 'SNAPSHOT', 2)
  expect(world.types('c1=').filter(type => type === 'JOIN_SUCCESS').length).toBe(1)
  expect(peer.sessions.tenure(sessionId)).toMatchObject({ owner: workerIdOf('b'), epoch: 2 })
})

test('[AD3] what was not handled comes again from the server, under the same numbers', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.message('one', withMid(1))
  const { seq } = await world.until('c1=', 'NEW_MESSAGE')
  const row = await crash(sessionId)
  void peer.sessions.adopt(row)
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  next.resumed()
  for (let n = 1; n < Number(seq); n += 1) next.stanza(`<iq type='result' id='old${n}'/>`)
  next.message('one', withMid(1))
  next.message('two', withMid(2))
  next.play()
  await world.until('c1=', 'NEW_MESSAGE', 3)
  const numbered = world.frames('c1=').filter(({ messageType }) => messageType === 'NEW_MESSAGE')
  expect(numbered.map(frame => [frame['seq'], frame['content']])).toEqual([
    [seq, 'one'],
    [seq, 'one'],
    [Number(seq) + 1, 'two'],
  ])
})

test('[AD4] frames that come before the successor is online are to come again later', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  const row = await crash(sessionId)
  const adopted = peer.sessions.adopt(row)
  expect(peer.batch(sessionId, 'c1=', { frames: [message(1)] })).toBe('later')
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  next.resumed()
  next.play()
  await adopted
  await world.until('c1=', 'SYNC')
  peer.batch(sessionId, 'c1=', {
    frames: [{ messageType: 'SYNC', ack: 0, from: 1, sent: 0, epoch: 2 }, message(1)],
  })
  await world.untilAcked('c1=', 1)
  expect(next.bodies()).toEqual(['m1'])
})

test('[AD5] a resume that is refused is a new stream, which RESET tells after SYNC was asked', async () => {
  const { sessionId } = await worker.join('c1=', MODE)
  const row = await crash(sessionId)
  void peer.sessions.adopt(row)
  const next = await XmppSide.accept(world.server)
  await next.askedToResume()
  await next.notResumed('ana@localhost/here')
  next.play()
  expect(await world.until('c1=', 'RESET')).toMatchObject({ stream: 2, seq: 0 })
  expect(world.types('c1=')).toContain('SYNC')
  expect(world.row(sessionId)).toMatchObject({ stream: 2, epoch: 2 })
})

test('[AD6] a session that was taken again before its first write is let go: nothing was sent on its stream', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  const row = await crash(sessionId)
  const adopted = peer.sessions.adopt(row)
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  await world.sessions.claim(row, workerIdOf('c'))
  next.resumed()
  next.play()
  await adopted
  await next.client.gone
  expect(peer.sessions.count).toBe(0)
  expect(next.received).toBe(xmpp.received)
  expect(world.row(sessionId)).toMatchObject({ owner: workerIdOf('c'), epoch: 3 })
})

test('[AD7] a credential that does not open any more ends the session as signed-out', async () => {
  const { sessionId } = await worker.join('c1=', MODE)
  const row = await crash(sessionId)
  await peer.sessions.adopt({ ...row, credential: 'aes1.broken' })
  expect(await world.until('c1=', 'LEAVE')).toMatchObject({ code: 'signed-out' })
  await eventually(() => world.row(sessionId) === undefined)
})

test('[AD11] a simple session goes on in another worker, and its client notices nothing', async () => {
  const { sessionId, xmpp } = await worker.join('c1=')
  const row = await crash(sessionId)
  const adopted = peer.sessions.adopt(row)
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  next.resumed()
  next.play()
  await adopted
  for (let n = 1; n <= xmpp.written; n += 1) next.stanza(`<iq type='result' id='old${n}'/>`)
  next.message('hello')
  await world.until('c1=', 'NEW_MESSAGE')
  peer.send(sessionId, 'c1=', { messageType: 'NEW_MESSAGE', to: 'ben', content: 'hi' })
  await next.untilSaid(stanza => stanza.getChildText('body') === 'hi')
  expect(world.types('c1=')).toEqual(['JOIN_SUCCESS', 'NEW_MESSAGE'])
})

test('[AD12] a claim of its own renews the tenure of a held session; writes go on under it', async () => {
  const { sessionId, token } = await worker.join('c1=', MODE)
  const { epoch } = await claim(world, sessionId, 'a')
  worker.sessions.renewed(sessionId, epoch)
  expect(worker.sessions.tenure(sessionId)).toMatchObject({ epoch: 2 })
  expect(await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })).toMatchObject({
    kind: 'attached',
  })
  expect(await world.until('c2=', 'JOIN_SUCCESS')).toMatchObject({ sequence: { epoch: 2 } })
})

test('[AD13] a detached session that is taken over is away and expires when its time is over', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  world.clock.advance(ROW_LAG_MS)
  await eventually(() => world.row(sessionId)?.detachedAt !== undefined)
  const row = await crash(sessionId)
  world.clock.advance(5 * 60_000)
  void peer.sessions.adopt(row)
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  next.resumed()
  next.play()
  // It learns the roster first.
  await eventually(() => next.received > xmpp.received)
  await world.pass(1000, next)
  await next.untilSaid(stanza => stanza.getChildText('show') === 'away')
  await world.pass(5 * 60_000, next)
  await eventually(() => next.goodbye && world.row(sessionId) === undefined)
})

test('[AD15] a session whose XMPP server is away is asked in vain after 2 s', async () => {
  const { sessionId } = await worker.join('c1=', MODE)
  const row = await crash(sessionId)
  void peer.sessions.adopt(row)
  const settled = peer.sessions.settled(sessionId)
  world.clock.advance(2000)
  await settled
  expect(peer.batch(sessionId, 'c1=', {})).toBe('later')
})

test('[AD16] taken over before the row says that the socket is gone: the peer finds that out by a push', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  world.answers.set('c1=', 'gone')
  const row = await crash(sessionId)
  expect(row.sockets).toEqual([{ connectionId: 'c1=' }])
  void peer.sessions.adopt(row)
  const next = await XmppSide.accept(world.server, xmpp.received)
  await next.askedToResume()
  next.resumed()
  next.play()
  await eventually(() => peer.sessions.count === 1 && peer.sessions.sockets === 0)
  next.message('meanwhile', withMid(1))
  await peer.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  expect(await world.until('c2=', 'NEW_MESSAGE')).toMatchObject({ content: 'meanwhile' })
})
