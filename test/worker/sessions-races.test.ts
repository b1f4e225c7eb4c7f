import { afterEach, beforeEach, expect, test } from 'vitest'
import { noMeter, type Meter } from '../../shared/metrics.ts'
import { ROW_LAG_MS } from '../../worker/session/sockets.ts'
import { noTrace, type Trace } from '../../worker/trace.ts'
import { eventually } from './session/eventually.ts'
import { join, message, MODE, withMid } from './session/sequenced.ts'
import { World, type FakeWorker, type Json } from './session/world.ts'

let world: World
let worker: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a')
})
afterEach(() => world.stop())

/** From now on updates of rows wait until the returned function is called. */
function delayUpdates(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  world.sessions.late = promise
  return () => {
    world.sessions.late = undefined
    resolve()
  }
}

test('[RT1] a new stream whose row could not be written is new still when it is resumed', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.acknowledging = false
  worker.batch(sessionId, 'c1=', { frames: [message(1), message(2)] })
  await xmpp.untilSaid(stanza => stanza.getChildText('body') === 'm2')
  for (const text of ['one', 'two', 'three']) xmpp.message(text, withMid(xmpp.written))
  await world.until('c1=', 'NEW_MESSAGE', 3)
  xmpp.client.drop()

  const refused = await world.comeBack()
  await refused.askedToResume()
  world.sessions.broken = true
  // Of the two messages the server had the first.
  await refused.notResumed('ana@localhost/here', xmpp.received - 1)
  await refused.client.gone
  world.sessions.broken = false

  const next = await world.comeBack()
  await next.askedToResume()
  next.resumed()
  next.play()
  expect(await world.until('c1=', 'RESET')).toMatchObject({ seq: 0 })
  await next.untilSaid(stanza => stanza.getChildText('body') === 'm2')
  expect(next.bodies()).toEqual(['m2'])
  next.message('four', withMid(99))
  await world.until('c1=', 'NEW_MESSAGE', 4)
  expect(world.batches('c1=').at(-1)).toMatchObject({ stream: world.row(sessionId)?.stream })
})

test('[RT2] the number of a new stream goes down with its RESET and not before, however long its row is written', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  xmpp.message('one', withMid(1))
  const { seq } = await world.until('c1=', 'NEW_MESSAGE')
  xmpp.client.drop()
  const again = await world.comeBack()
  await again.askedToResume()
  const release = delayUpdates()
  await again.notResumed()
  again.play()
  await eventually(() => world.sessions.delayed)
  await eventually(() => worker.batch(sessionId, 'c1=', { frames: [{ id: 'p', messageType: 'PING' }] }))
  await world.until('c1=', 'PONG')
  expect(world.batches('c1=').at(-1)).toMatchObject({ stream: 1, prev: seq })
  void worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token, { ack: seq }) })
  release()
  const welcome = await world.until('c2=', 'JOIN_SUCCESS')
  await eventually(() => world.row(sessionId)?.stream === 2)
  again.message('two', withMid(2))
  await world.until('c2=', 'NEW_MESSAGE')
  const sequence = welcome['sequence'] as Json
  const isNew = sequence['stream'] === 2
  expect(sequence).toMatchObject(isNew ? { seq: 0, resumed: false } : { seq, resumed: true })
})

test('[RT3] what was handled of the stream before is never written as that of the new one', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  for (let n = 1; n <= 70; n += 1) xmpp.message(`text ${n}`, withMid(n))
  await world.until('c1=', 'NEW_MESSAGE', 64)
  xmpp.client.drop()
  const again = await world.comeBack()
  await again.askedToResume()
  const release = delayUpdates()
  await again.notResumed()
  await eventually(() => world.sessions.delayed)
  // The client's acknowledgement of the old stream comes while the row of the new one is written.
  worker.batch(sessionId, 'c1=', { ack: 64 })
  release()
  again.play()
  await world.until('c1=', 'RESET')
  await eventually(() => world.row(sessionId)?.resumption !== undefined)
  const { resumption } = world.row(sessionId) ?? {}
  expect(resumption?.h).toBeLessThanOrEqual(again.written)
})

test('[RT4] a stream on which the user has not yet been announced is not for a successor to resume', async () => {
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.client.drop()
  const again = await world.comeBack()
  await again.askedToResume()
  await again.notResumed()
  await again.client.read()
  await eventually(() => world.row(sessionId)?.stream === 2)
  expect(world.row(sessionId)?.resumption).toBeUndefined()
})

test('[RT5] a socket that comes while the session ends is not welcomed to it', async () => {
  const { sessionId, xmpp, token } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  world.clock.advance(ROW_LAG_MS)
  await eventually(() => world.row(sessionId)?.detachedAt !== undefined)
  await world.pass(590_000, xmpp)
  const release = delayUpdates()
  const attached = worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  await xmpp.heard()
  world.clock.advance(20_000)
  release()
  expect(await attached).toEqual({ kind: 'not-here' })
  await eventually(() => world.row(sessionId) === undefined)
  expect(world.types('c2=')).toEqual([])
})

test('[RT6] the row knows the new socket when the old one is reported gone while it is written', async () => {
  const { sessionId, token } = await worker.join('c1=', MODE)
  const release = delayUpdates()
  const attached = worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  await new Promise(setImmediate)
  worker.sessions.socketGone(sessionId, 'c1=')
  release()
  expect(await attached).toMatchObject({ kind: 'attached' })
  await eventually(() => world.row(sessionId)?.sockets.length === 1)
  await new Promise(setImmediate)
  expect(world.row(sessionId)?.sockets).toEqual([{ connectionId: 'c2=' }])
  expect(world.row(sessionId)?.detachedAt).toBeUndefined()
})

test('[RT7] a session whose user has just come back is not ended for being one too many', async () => {
  const { sessionId, token } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  await worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  expect(await worker.sessions.evict(sessionId, false)).toBe(false)
  expect(worker.sessions.count).toBe(1)
})

test('[RT8] of two sockets that show the token at once the first is told that the session is at the other', async () => {
  const { sessionId, token } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  await Promise.all(
    ['c2=', 'c3='].map(connectionId =>
      worker.sessions.attach(sessionId, { connectionId, join: join(token) }),
    ),
  )
  expect(await world.until('c2=', 'LEAVE')).toMatchObject({ code: 'moved' })
  await world.until('c3=', 'SNAPSHOT')
  expect(world.types('c3=')).not.toContain('LEAVE moved')
})

test('[RT9] a socket that came before the session is handed over is welcomed first', async () => {
  const { sessionId, token } = await worker.join('c1=', MODE)
  worker.sessions.socketGone(sessionId, 'c1=')
  world.clock.advance(ROW_LAG_MS)
  await eventually(() => world.row(sessionId)?.detachedAt !== undefined)
  const release = delayUpdates()
  const attached = worker.sessions.attach(sessionId, { connectionId: 'c2=', join: join(token) })
  await new Promise(setImmediate)
  let welcomed: string[] = []
  const given = worker.sessions.handOver(sessionId, async () => {
    welcomed = world.types('c2=')
    return true
  })
  await new Promise(setImmediate)
  release()
  expect(await attached).toMatchObject({ kind: 'attached' })
  expect(await given).toBe(true)
  expect(welcomed).toContain('JOIN_SUCCESS')
})

test('[RT10] a stanza that cannot be dealt with ends its own stream, also when it has waited for the login', async () => {
  const stanza: Trace['stanza'] = (_direction, _sessionId, element) => {
    if (element.getChildText('body') === 'poison') throw new Error('A stanza that nobody expected')
  }
  worker = world.worker('b', { trace: { ...noTrace, stanza } })
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.client.drop()
  const again = await world.comeBack()
  await again.askedToResume()
  const release = delayUpdates()
  await again.notResumed()
  await eventually(() => world.sessions.delayed)
  again.message('poison')
  again.play()
  await again.heard()
  release()
  await eventually(() => again.goodbye)
  const next = await world.comeBack()
  await next.admit()
  next.play()
  await world.until('c1=', 'RESET')
  expect(worker.sessions.ids()).toEqual([sessionId])
})

test('[RT11] a stream of its own that was resumed while the fence closed is dropped, and the login counts as failed', async () => {
  const logins: string[] = []
  const count: Meter['count'] = (name, _n, ...label) => {
    if (name === 'Logins' || name === 'LoginFailures') logins.push([name, ...label].join(' '))
  }
  worker = world.worker('b', { meter: { ...noMeter, count } })
  const { sessionId, xmpp } = await worker.join('c1=', MODE)
  xmpp.client.drop()
  const late = await world.comeBack(xmpp.received)
  await late.askedToResume()
  worker.fence.open = false
  logins.length = 0
  late.resumed()
  await eventually(() => logins.length > 0)
  expect(logins).toEqual(['LoginFailures aborted'])
  await late.client.gone
  worker.fence.open = true
  const next = await world.comeBack(late.received)
  await next.askedToResume()
  next.resumed()
  for (let n = 1; n <= xmpp.written; n += 1) next.stanza(`<iq type='result' id='old${n}'/>`)
  next.message('hello', withMid(1))
  next.play()
  expect(await world.until('c1=', 'NEW_MESSAGE')).toMatchObject({ content: 'hello' })
  expect(worker.sessions.ids()).toEqual([sessionId])
})
