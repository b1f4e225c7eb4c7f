import { request } from 'node:http'
import { sleep, systemClock } from '../../shared/clock.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bridge } from '../support/bridge.ts'
import { JoinRefused } from '../support/web-user.ts'
import { XmppUser } from '../support/xmpp-user.ts'

describe('signing in, refused', () => {
  let bridge: Bridge
  beforeAll(async () => {
    bridge = await Bridge.start({ settings: { ATTEMPTS_PER_USER: '3', REGISTRATIONS_PER_NETWORK: '6' } })
  })
  afterAll(() => bridge.stop())

  test('[FA1] a wrong password is FORBIDDEN, the socket stays, and the right one works on it', async () => {
    await (await bridge.signIn('amy', 'right')).close()
    const amy = await bridge.connect()
    await expect(amy.join('amy', 'wrong')).rejects.toMatchObject({ frame: { code: 'bad-credentials' } })
    expect(await amy.join('amy', 'right')).toMatchObject({ to: 'amy' })
  })

  test('[FA2] a spent budget is FORBIDDEN locked with a time, also for the right password', async () => {
    await (await bridge.signIn('bob', 'right')).close()
    const bob = await bridge.connect()
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(bob.join('bob', `wrong ${attempt}`)).rejects.toBeInstanceOf(JoinRefused)
    }
    const locked = await bob.join('bob', 'right').catch((error: JoinRefused) => error.frame)
    expect(locked).toMatchObject({ messageType: 'FORBIDDEN', code: 'locked' })
    expect(locked['retryAfterMs']).toBeGreaterThan(0)
  })

  test('[FA3] a password changed at the XMPP server: the new one works, the old one does not any more', async () => {
    await leave(await bridge.signIn('cat', 'old'))
    await bridge.changePassword('cat', 'new')
    const cat = await bridge.connect()
    await expect(cat.join('cat', 'old')).rejects.toMatchObject({ frame: { code: 'bad-credentials' } })
    expect(await cat.join('cat', 'new')).toMatchObject({ to: 'cat', registered: false })
    await leave(cat)
    const again = await bridge.connect()
    await expect(again.join('cat', 'old')).rejects.toMatchObject({ frame: { code: 'bad-credentials' } })
  })

  test('[FA4] an account that was made elsewhere is adopted', async () => {
    await XmppUser.register(bridge.xmpp, 'dot', 'dot-pass')
    expect(await (await bridge.connect()).join('dot', 'dot-pass')).toMatchObject({
      to: 'dot',
      registered: false,
    })
  })

  test('[FA5] a wrong password in the handshake is a 401', async () => {
    await (await bridge.signIn('eli', 'right')).close()
    await expect(bridge.connect({ auth: 'eli:wrong' })).rejects.toMatchObject({ statusCode: 401 })
  })

  test('[FA6] a page of another origin is refused with 403', async () => {
    await expect(bridge.connect({ origin: 'https://evil.example' })).rejects.toMatchObject({
      statusCode: 403,
    })
    await expect(bridge.connect({ origin: 'http://localhost:3000' })).resolves.toBeDefined()
  })
})

describe('parts that fail', () => {
  let bridge: Bridge
  beforeAll(async () => {
    bridge = await Bridge.start()
  })
  afterAll(() => bridge.stop())

  test('[FA7] no worker: the gateway says so in band; the next JOIN works when one is back', async () => {
    const web = await bridge.signIn('nora')
    const [worker] = bridge.stack.workers
    worker?.kill()
    await worker?.exited
    web.send({ messageType: 'PING', id: 'p1' })
    expect(
      await web.waitFor(frame => frame.messageType === undefined, "the gateway's own error"),
    ).toMatchObject({
      message: 'Internal server error',
    })
    await bridge.stack.addWorker()
    expect(await web.join('nora', 'nora-pass')).toMatchObject({ to: 'nora' })
  })

  test('[FA8] a dead worker beside a live one: try-again, not silence; and JOIN moves to the live one', async () => {
    const before = bridge.stack.workers
    const web = await bridge.signIn('olga')
    await bridge.stack.addWorker()
    for (const worker of before) worker.kill()
    await Promise.all(before.map(worker => worker.exited))
    web.send({ messageType: 'PING', id: 'p1' })
    expect(await web.waitFor('ERROR')).toMatchObject({ code: 'try-again', id: 'p1' })
    expect(await web.join('olga', 'olga-pass')).toMatchObject({ to: 'olga' })
    web.send({ messageType: 'PING', id: 'p2' })
    expect(await web.waitFor('PONG')).toMatchObject({ id: 'p2' })
  })

  test('[FA9] the XMPP server down: try-again while it is, and the same socket goes on when it is back', async () => {
    const pia = await bridge.signIn('pia')
    const quin = await bridge.signIn('quin')
    await bridge.xmpp.stop()
    await bridge.untilPrinted(/a stream ended/, 2)
    pia.send({ messageType: 'NEW_MESSAGE', to: 'quin', content: 'into the gap', id: 'g1' })
    expect(await pia.waitFor('ERROR')).toMatchObject({ code: 'try-again', id: 'g1' })
    await bridge.startXmppAgain()
    for (const user of [pia, quin]) await untilOnline(user)
    pia.send({ messageType: 'NEW_MESSAGE', to: 'quin', content: 'after the restart' })
    expect(await quin.waitFor('NEW_MESSAGE')).toMatchObject({ from: 'pia', content: 'after the restart' })
  })

  test('[FA10] a worker that stops without another says nothing and closes nothing; the next one goes on', async () => {
    const rita = await bridge.signIn('rita')
    const [worker] = bridge.stack.workers
    if (worker !== undefined) await bridge.stack.retireWorker(worker)
    await bridge.stack.addWorker()
    await untilOnline(rita)
    expect(rita.frames.map(({ messageType }) => messageType)).not.toContain('LEAVE')
  })

  test('[FA11] what a dead socket did not get waits for the next JOIN', async () => {
    const sam = await bridge.signIn('sam')
    const tess = await bridge.signIn('tess')
    await setFaults(bridge, { dropDisconnect: { rate: 1 } })
    sam.terminate()
    await sam.closed
    tess.send({ messageType: 'NEW_MESSAGE', to: 'sam', content: 'into the dark' })
    await bridge.untilPrinted(/a session has no socket/, 1)
    await setFaults(bridge, {})
    const back = await bridge.signIn('sam')
    expect(await back.waitFor('NEW_MESSAGE')).toMatchObject({ from: 'tess', content: 'into the dark' })
  })
})

/** Signs out: a session whose socket only closes is kept for a while. */
async function leave(user: Awaited<ReturnType<Bridge['connect']>>): Promise<void> {
  user.send({ messageType: 'LEAVE' })
  await user.closed
}

/** Asks, as often as it is told to, until the session is back online. */
async function untilOnline(user: Awaited<ReturnType<Bridge['connect']>>): Promise<void> {
  for (;;) {
    user.send({ messageType: 'GET_CONTACTS' })
    const answer = await user.waitFor(
      ({ messageType }) => messageType !== 'PRESENCE' && messageType !== 'CONTACT',
      'an answer',
    )
    if (answer.messageType === 'GET_CONTACTS') return
    // Without any worker the gateway itself answers, and its answer has no messageType.
    if (answer.messageType !== undefined) expect(answer).toMatchObject({ code: 'try-again' })
    await sleep(systemClock, Number(answer['retryAfterMs'] ?? 1000))
  }
}

function setFaults(bridge: Bridge, faults: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const put = request(
      `${bridge.stack.gateway.managementEndpoint}/_local/faults`,
      { method: 'PUT' },
      response => {
        response.resume()
        if (response.statusCode === undefined || response.statusCode >= 300)
          reject(new Error(`status ${response.statusCode}`))
        else resolve()
      },
    )
    put.on('error', reject)
    put.end(JSON.stringify(faults))
  })
}
