import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Tally } from '../../shared/emf/tally.ts'
import { countsOf } from '../shared/emf/counts.ts'
import { mechanisms } from '../support/fake-xmpp.ts'
import { settled } from '../support/hand-gateway.ts'
import { HERE, presence, setUp, WELCOME } from './batch-harness.ts'
import { eventually } from './session/eventually.ts'
import { claim, MODE } from './session/sequenced.ts'
import { World, type FakeWorker } from './session/world.ts'
import { XmppSide } from './session/xmpp-side.ts'

describe('a queue of batches', () => {
  test('[WC1] counts the frames of each batch, and a welcome and a last frame as one', async () => {
    const { hear, meter, queue, takeAll } = setUp()
    queue.begin(HERE, WELCOME)
    hear(1)
    hear(2)
    queue.push(presence('jose', 'away'))
    await takeAll()
    expect(countsOf(meter)).toEqual({ FramesPushed: 4 })
    const finished = queue.finish({ messageType: 'LEAVE', code: 'left', message: 'x' })
    await takeAll()
    await finished
    expect(countsOf(meter)).toEqual({ FramesPushed: 1 })
  })

  test('[WC2] counts an acknowledgement that goes alone as no frame', async () => {
    const { header, meter, queue, takeAll } = setUp()
    queue.begin(HERE)
    header.ack = 8
    queue.poke()
    await takeAll()
    expect(countsOf(meter)).toEqual({ FramesPushed: 0 })
  })

  test('[WC3] counts each gap that it announces, by its reason', async () => {
    const { meter, queue, takeAll } = setUp({ archive: false })
    queue.begin(HERE)
    queue.rewind(undefined)
    await takeAll()
    await settled()
    expect(countsOf(meter)).toMatchObject({ 'Gaps no-archive': 1 })
  })
})

describe('a worker', () => {
  let world: World
  let worker: FakeWorker
  let meter: Tally
  beforeEach(async () => {
    world = await World.start()
    meter = new Tally()
    worker = world.worker('a', { meter })
  })
  afterEach(() => world.stop())

  test('[WC4] counts logins, those that go on included, and the sockets of its sessions', async () => {
    const { sessionId, xmpp } = await worker.join('c1=', MODE)
    expect(countsOf(meter)).toMatchObject({ Logins: 1 })
    expect(worker.sessions.sockets).toBe(1)
    xmpp.client.drop()
    const next = await world.comeBack(xmpp.received)
    await next.askedToResume()
    next.resumed()
    next.play()
    await eventually(() => countsOf(meter)['Logins'])
    worker.sessions.socketGone(sessionId, 'c1=')
    expect(worker.sessions.sockets).toBe(0)
  })

  test('[WC5] counts a login that is refused by its code', async () => {
    const { xmpp } = await worker.join('c1=', MODE)
    meter.take()
    xmpp.client.drop()
    const strict = await world.comeBack()
    await strict.client.open(mechanisms('PLAIN'))
    await strict.client.read()
    strict.client.write(`<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>`)
    await world.until('c1=', 'LEAVE')
    expect(countsOf(meter)).toMatchObject({ 'LoginFailures not-authorized': 1 })
  })

  test('[WC6] counts a stream that could not be resumed', async () => {
    const { sessionId, xmpp } = await worker.join('c1=', MODE)
    worker.sessions.lose(sessionId)
    meter.take()
    const adopted = worker.sessions.adopt(await claim(world, sessionId, 'a'))
    const next = await XmppSide.accept(world.server, xmpp.received)
    await next.askedToResume()
    await next.notResumed()
    next.play()
    await adopted
    expect(countsOf(meter)).toMatchObject({ Logins: 1, StreamsNotResumed: 1 })
  })
})
