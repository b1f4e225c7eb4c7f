import { afterEach, beforeEach, expect, test } from 'vitest'
import { mechanisms } from '../support/fake-xmpp.ts'
import { JOIN, World, type FakeWorker } from './session/world.ts'
import { XmppSide } from './session/xmpp-side.ts'
import { eventually } from './session/eventually.ts'

let world: World
let worker: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a')
})
afterEach(() => world.stop())

const CONFLICT = `<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`

test('[SN1] LEAVE is answered under its id, ends the session and erases its rows', async () => {
  const { sessionId } = await worker.join('c=')
  expect(worker.send(sessionId, 'c=', { messageType: 'LEAVE', id: 'l1' })).toBe(true)
  expect(worker.send(sessionId, 'c=', { messageType: 'PING', id: 'late' })).toBe(false)
  expect(await world.until('c=', 'LEAVE')).toMatchObject({ id: 'l1', code: 'left' })
  await eventually(() => world.row(sessionId) === undefined && world.connections.rows.size === 0)
  expect(world.hungUp).toEqual(['c='])
  expect(world.types('c=')).toEqual(['JOIN_SUCCESS', 'LEAVE left'])
  expect(worker.sessions.count).toBe(0)
})

test('[SN2] a message that the server had not confirmed when it ended the session is unsure', async () => {
  const { sessionId, xmpp } = await worker.join('c=')
  xmpp.acknowledging = false
  worker.send(sessionId, 'c=', { messageType: 'NEW_MESSAGE', id: 'm1', to: 'ben', content: 'hello' })
  xmpp.client.write(CONFLICT.replace('conflict', 'not-authorized'))
  await world.until('c=', 'LEAVE')
  expect(world.types('c=')).toEqual(['JOIN_SUCCESS', 'ERROR unsure', 'LEAVE signed-out'])
  expect(world.frames('c=')[1]).toMatchObject({ id: 'm1' })
})

test('[SN3] a simple client that did not read fast enough is told why its socket is closed', async () => {
  worker = world.worker('a', { maxQueueBytes: 1000 })
  const { xmpp } = await worker.join('c=')
  for (let n = 1; n <= 10; n += 1) xmpp.message('x'.repeat(300))
  await world.until('c=', 'LEAVE')
  expect(world.types('c=').at(-1)).toBe('LEAVE too-slow')
  await eventually(() => world.hungUp.length > 0)
})

test('[SN4] a server that has no safe way in for a while is waited for; one that refuses the password is not', async () => {
  const { xmpp } = await worker.join('c=')
  xmpp.client.drop()
  const unsafe = await world.comeBack()
  await unsafe.client.open(mechanisms('ANONYMOUS'))
  await unsafe.client.gone
  const strict = await world.comeBack()
  await strict.client.open(mechanisms('PLAIN'))
  await strict.client.read()
  strict.client.write(`<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>`)
  await world.until('c=', 'LEAVE')
  expect(world.types('c=')).toEqual(['JOIN_SUCCESS', 'LEAVE signed-out'])
})

test('[SN5] contacts are listed when there is room for the list; a PING is answered in any case', async () => {
  worker = world.worker('a', { maxQueueBytes: 1000 })
  const { sessionId, xmpp } = await worker.join('c=')
  const reading = Promise.withResolvers<void>()
  world.reads = reading.promise
  // One is on its way, and one waits.
  xmpp.message('x'.repeat(450))
  xmpp.message('x'.repeat(450))
  await xmpp.heard()
  worker.send(sessionId, 'c=', { messageType: 'GET_CONTACTS', id: 'g1' })
  worker.send(sessionId, 'c=', { messageType: 'PING', id: 'p1' })
  reading.resolve()
  await world.until('c=', 'PONG')
  expect(world.types('c=').slice(3)).toEqual(['ERROR rate-limited', 'PONG'])
})

test('[SN6] at an intended end the server hears of all that the gateway took', async () => {
  const { sessionId, xmpp } = await worker.join('c=')
  xmpp.message('one')
  await world.until('c=', 'NEW_MESSAGE')
  expect(await xmpp.heard()).toBeLessThan(xmpp.written)
  worker.send(sessionId, 'c=', { messageType: 'LEAVE' })
  await eventually(() => xmpp.goodbye)
  expect(xmpp.h).toBe(xmpp.written)
})

test('[SN7] a stream that comes back costs a simple client nothing, and what came meanwhile comes once', async () => {
  const { xmpp } = await worker.join('c=')
  xmpp.message('before')
  await world.until('c=', 'NEW_MESSAGE')
  xmpp.client.drop()
  const again = await world.comeBack()
  const resume = await again.askedToResume()
  expect(resume.attrs['h']).toBe('0')
  again.resumed()
  // XEP-0198 5: all behind h comes again: the answers of the beginning, and the message.
  for (let n = 1; n < xmpp.written; n += 1) again.client.write(`<iq type='result' id='old${n}'/>`)
  again.message('before')
  again.message('after')
  again.play()
  await world.until('c=', 'NEW_MESSAGE', 2)
  expect(world.frames('c=').map(frame => frame['content'])).toEqual([undefined, 'before', 'after'])
})

test('[SN8] a conflict after another worker has taken the session ends nothing of it', async () => {
  const { sessionId, xmpp } = await worker.join('c=')
  const tenure = worker.sessions.tenure(sessionId)
  if (tenure === undefined) throw new Error('No tenure')
  await world.sessions.claim(tenure, 'w-bzzzzzzzzzzzzzzz')
  xmpp.client.write(CONFLICT)
  await eventually(() => {
    world.clock.advance(1000)
    return worker.sessions.count === 0
  })
  expect(world.types('c=')).toEqual(['JOIN_SUCCESS'])
  expect(world.row(sessionId)).toMatchObject({ epoch: 2 })
  expect(world.connections.rows.size).toBe(1)
  expect(world.hungUp).toEqual([])
})

test('[SN9] a session whose row another worker holds is not dialled again', async () => {
  const { sessionId, xmpp } = await worker.join('c=')
  const tenure = worker.sessions.tenure(sessionId)
  if (tenure === undefined) throw new Error('No tenure')
  await world.sessions.claim(tenure, 'w-bzzzzzzzzzzzzzzz')
  xmpp.client.drop()
  await eventually(() => {
    world.clock.advance(1000)
    return worker.sessions.count === 0
  })
  expect(world.row(sessionId)).toMatchObject({ epoch: 2 })
})

test('[SN10] a login whose rows cannot be written leaves nothing', async () => {
  world.sessions.broken = true
  const opened = worker.sessions.open(JOIN)
  const xmpp = await XmppSide.accept(world.server)
  await xmpp.admit()
  xmpp.play()
  expect(await opened).toEqual({ kind: 'unavailable' })
  expect(worker.sessions.count).toBe(0)
  expect(xmpp.goodbye).toBe(true)
})

test('[SN11] more than there is room for waits at the server: each JOIN brings a part of it, and h passes that part', async () => {
  worker = world.worker('a', { maxQueueBytes: 1000 })
  const opened = worker.sessions.open(JOIN)
  const xmpp = await XmppSide.accept(world.server)
  await xmpp.admit()
  await opened
  for (let n = 1; n <= 6; n += 1) xmpp.message(`${n} ${'x'.repeat(300)}`)
  xmpp.play()
  await world.until('c=', 'LEAVE')
  expect(world.types('c=')).toEqual([
    'JOIN_SUCCESS',
    'NEW_MESSAGE',
    'NEW_MESSAGE',
    'NEW_MESSAGE',
    'LEAVE too-slow',
  ])
  await eventually(() => xmpp.goodbye)
  expect(xmpp.h).toBe(3)
})

test('[SN12] a session that should end while the fence is closed waits for it to open', async () => {
  worker = world.worker('a', { maxQueueBytes: 1000 })
  const { sessionId, xmpp } = await worker.join('c=')
  worker.fence.open = false
  for (let n = 1; n <= 10; n += 1) xmpp.message('x'.repeat(300))
  await xmpp.heard()
  expect(worker.sessions.count).toBe(1)
  expect(world.hungUp).toEqual([])
  worker.fence.open = true
  world.clock.advance(1000)
  await world.until('c=', 'LEAVE')
  await eventually(() => world.row(sessionId) === undefined)
  expect(xmpp.goodbye).toBe(true)
})

test('[SN13] a socket that goes during the login leaves the session to the next JOIN of the same user', async () => {
  const opened = worker.sessions.open(JOIN)
  const xmpp = await XmppSide.accept(world.server)
  await xmpp.admit()
  const outcome = await opened
  if (outcome.kind !== 'joined') throw new Error(outcome.kind)
  worker.sessions.socketGone(outcome.sessionId, 'c=')
  xmpp.play()
  const again = { ...JOIN, connectionId: 'c2=', verified: true }
  await xmpp.untilSaid(stanza => stanza.name === 'presence')
  await xmpp.heard()
  expect(await worker.sessions.open(again)).toMatchObject({ sessionId: outcome.sessionId })
  await world.until('c2=', 'JOIN_SUCCESS')
  expect(world.types('c=')).toEqual([])
})
