import { afterEach, beforeEach, expect, test } from 'vitest'
import { BIND } from '../support/fake-xmpp.ts'
import { eventually } from './session/eventually.ts'
import { archiving, MODE } from './session/sequenced.ts'
import { JOIN, World, type FakeWorker } from './session/world.ts'
import { XmppSide } from './session/xmpp-side.ts'

let world: World
let worker: FakeWorker
beforeEach(async () => {
  world = await World.start()
  worker = world.worker('a', archiving(world))
})
afterEach(() => world.stop())

/** The next connection binds anew, without asking to resume. */
async function bindAnew(): Promise<XmppSide> {
  const next = await world.comeBack()
  await next.admit()
  return next
}

/** The next connection resumes, and hears nothing for 20 s. */
async function resumeDeaf(before: XmppSide): Promise<XmppSide> {
  const next = await world.comeBack(before.received)
  await next.askedToResume()
  next.resumed()
  let isGone = false
  void next.client.gone.then(() => (isGone = true))
  await eventually(() => {
    world.clock.advance(1000)
    return isGone
  })
  return next
}

/** How a stream comes to its end, and what comes after it in the same worker. */
const ENDS: Readonly<Record<string, (xmpp: XmppSide) => Promise<XmppSide>>> = {
  'the server refuses to resume': async xmpp => {
    xmpp.client.drop()
    const next = await world.comeBack()
    await next.askedToResume()
    await next.notResumed('ana@localhost/here', xmpp.received)
    return next
  },
  'the server has ended': xmpp => {
    const condition = `<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>`
    xmpp.client.write(`<stream:error>${condition}</stream:error></stream:stream>`)
    return bindAnew()
  },
  'is deaf after two resumes': async xmpp => {
    xmpp.client.drop()
    await resumeDeaf(await resumeDeaf(xmpp))
    return bindAnew()
  },
}

test.each(Object.entries(ENDS))(
  '[SX20] after a stream that %s the new one begins with a GAP, which is told until the client has it',
  async (_how, end) => {
    const { sessionId, xmpp } = await worker.join('c1=', MODE)
    const next = await end(xmpp)
    next.play()
    expect(await world.until('c1=', 'RESET')).toMatchObject({ stream: 2, seq: 0 })
    const gap = await world.until('c1=', 'GAP')
    expect(gap).toEqual({ seq: expect.any(Number), messageType: 'GAP', reason: 'not-in-archive' })
    worker.batch(sessionId, 'c1=', { stream: 2, ack: Number(gap['seq']) })
    await world.pass(1000, next)
    expect(world.types('c1=').filter(type => type === 'GAP')).toHaveLength(1)
  },
)

test('[SX20] the same where the server has no stream management', async () => {
  const bindPlainly = async (side: XmppSide) => {
    await side.client.admit(BIND)
    await side.client.bind('ana@localhost/here')
    side.play()
  }
  const opened = worker.sessions.open({ ...JOIN, ...MODE, connectionId: 'c1=' })
  const first = await XmppSide.accept(world.server)
  await bindPlainly(first)
  await opened
  await world.until('c1=', 'JOIN_SUCCESS')
  first.client.drop()
  await bindPlainly(await world.comeBack())
  expect(await world.until('c1=', 'RESET')).toMatchObject({ stream: 2 })
  expect(await world.until('c1=', 'GAP')).toMatchObject({ reason: 'not-in-archive' })
})
