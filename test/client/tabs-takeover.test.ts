import { describe, expect, test } from 'vitest'
import { coreOf, FakeBrowser, openThree, openTwo, stateOf, statusOf, fromJose, until } from './tabs-fakes.ts'

describe('when the leader goes', () => {
  test('[TB8] a leader that is closed hands over: the next one goes on with the store', async () => {
    const browser = new FakeBrowser()
    const [leader, other, third] = await openThree(browser)
    const { id } = leader.client.send({ to: 'jose', content: 'hello' })
    await until(() => stateOf(third, id) === 'sent')
    await leader.client.close()
    expect(statusOf(leader)).toEqual({ kind: 'offline' })
    await until(() => other.cores.length === 1 && statusOf(third).kind === 'online')
    expect(stateOf(third, id)).toBe('sent')
    await coreOf(other).receive(fromJose('after'))
    await until(() => third.told.length === 1)
    expect([leader.told, other.told, third.told]).toEqual([[], ['after'], ['after']])
    expect(browser.bridge.sent).toEqual([id])
  })

  test('[TB9] a message that the leader had not kept when it crashed is sent by the next, once', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    // It hears nothing of the message any more.
    leader.tab.freeze()
    const { id } = other.client.send({ to: 'jose', content: 'hello' })
    browser.origin.crash(leader.tab)
    await until(() => stateOf(other, id) === 'sent')
    expect(browser.bridge.sent).toEqual([id])
  })

  test('[TB10] a message that the leader had sent, but not answered for, is not sent by the next', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    leader.tab.muted = true
    const { id } = other.client.send({ to: 'jose', content: 'hello' })
    await until(() => stateOf(leader, id) === 'sent')
    browser.origin.crash(leader.tab)
    await until(() => other.cores.length === 1 && stateOf(other, id) === 'sent')
    // Another one, behind which the first would have come twice.
    const { id: next } = other.client.send({ to: 'jose', content: 'next' })
    await until(() => stateOf(other, next) === 'sent')
    expect(browser.bridge.sent).toEqual([id, next])
  })

  test('[TB11] a message that a new leader repeats is told in no tab twice', async () => {
    const browser = new FakeBrowser()
    const [leader, other, third] = await openThree(browser)
    await coreOf(leader).receive(fromJose('hello'))
    await until(() => other.told.length === 1 && third.told.length === 1)
    browser.origin.crash(leader.tab)
    await until(() => other.cores.length === 1)
    const late = browser.open()
    await late.client.connect()
    await coreOf(other).receive(fromJose('hello'))
    await until(() => late.told.length === 1)
    expect([other.told, third.told, late.told]).toEqual([['hello'], ['hello'], ['hello']])
  })

  test('[TB29] a message that is repeated while its listener works counts as kept when that is done', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    const done = Promise.withResolvers<void>()
    other.client.on('message', () => done.promise)
    await coreOf(leader).receive(fromJose('hello'))
    await until(() => other.told.length === 1)
    browser.origin.crash(leader.tab)
    await until(() => other.cores.length === 1)
    let isKept = false
    const receiving = coreOf(other)
      .receive(fromJose('hello'))
      .then(() => (isKept = true))
    await other.client.history()
    expect(isKept).toBe(false)
    done.resolve()
    await receiving
    expect(other.told).toEqual(['hello'])
  })

  test('[TB30] a leader knows the device by the name that the one before told, until it has read the store', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    browser.origin.crash(leader.tab)
    await until(() => other.cores.length === 1)
    const { device } = coreOf(leader)
    expect(coreOf(other).device).toBe(device)
    expect(other.client.send({ to: 'jose', content: 'hello' }).id.startsWith(`${device}-`)).toBe(true)
  })

  test('[TB12] a request that the leader took with it is asked of the next', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    leader.tab.freeze()
    const asked = other.client.history()
    browser.origin.crash(leader.tab)
    expect(await asked).toMatchObject({ complete: true })
  })

  test('[TB13] after signing out in one tab no other connects by itself', async () => {
    const browser = new FakeBrowser()
    const [leader, other, third] = await openThree(browser)
    await other.client.leave()
    await leader.client.close()
    await until(() => other.cores.length === 1)
    await other.client.history()
    expect([statusOf(other), statusOf(third)]).toEqual([{ kind: 'offline' }, { kind: 'offline' }])
  })

  test('[TB26] nothing of who signed out is shown, wherever it came from', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    const { id } = leader.client.send({ to: 'jose', content: 'hello' })
    await until(() => stateOf(other, id) === 'sent')
    browser.origin.crash(leader.tab)
    await until(() => other.cores.length === 1 && statusOf(other).kind === 'online')
    await other.client.leave()
    expect(other.client.snapshot()).toMatchObject({
      messages: new Map(),
      unsent: [],
      status: { kind: 'offline' },
    })
  })

  test('[TB27] a connection that was refused, and then made, is gone on with by the next leader', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    coreOf(leader).status({ kind: 'stopped', code: 'evicted' })
    await until(() => statusOf(other).kind === 'stopped')
    await leader.client.connect()
    await until(() => statusOf(other).kind === 'online')
    browser.origin.crash(leader.tab)
    await until(() => other.cores[0]?.snapshot.status.kind === 'online')
  })

  test('[TB14] a tab whose credentials are better than those of the leader takes over', async () => {
    const browser = new FakeBrowser()
    browser.bridge.refused = 'wrong'
    const wrong = browser.open({ password: 'wrong' })
    await expect(wrong.client.connect()).rejects.toMatchObject({ code: 'bad-credentials' })
    const right = browser.open()
    // It learns from the leader how things are.
    await expect(right.client.connect()).rejects.toMatchObject({ code: 'bad-credentials' })
    await right.client.connect()
    expect([statusOf(right), statusOf(wrong)]).toEqual([{ kind: 'online' }, { kind: 'online' }])
    expect(wrong.cores[0]?.closed).toBe(true)
  })

  test('[TB15] a tab that follows closes when the leader has kept what it sent', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    const { id } = other.client.send({ to: 'jose', content: 'bye' })
    await other.client.close()
    await until(() => stateOf(leader, id) === 'sent')
    expect(other.errors).toEqual([])
  })

  test('[TB24] a leader that is about to be frozen hands over at once, and stands in line when it wakes', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    leader.tab.sleep?.asleep()
    leader.tab.freeze()
    await until(() => other.cores.length === 1)
    expect(coreOf(leader).closed).toBe(true)
    await coreOf(other).receive(fromJose('hello'))
    leader.tab.thaw()
    // From the back/forward cache two events tell of it.
    leader.tab.sleep?.awake()
    leader.tab.sleep?.awake()
    await until(() => leader.told.length === 1)
    browser.origin.crash(other.tab)
    await until(() => leader.cores.length === 2 && statusOf(leader).kind === 'online')
  })

  test('[TB25] a frozen tab is not the next in line', async () => {
    const browser = new FakeBrowser()
    const [leader, other, third] = await openThree(browser)
    other.tab.sleep?.asleep()
    other.tab.freeze()
    browser.origin.crash(leader.tab)
    await until(() => third.cores.length === 1)
    expect(other.cores).toHaveLength(0)
  })
})

describe('when the leader hangs', () => {
  test('[TB16] it is missed, and robbed after ten seconds without an answer', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    leader.tab.freeze()
    const { id } = other.client.send({ to: 'jose', content: 'hello' })
    browser.clock.advance(5000)
    expect(statusOf(other)).toMatchObject({ kind: 'waiting', code: 'tab-silent' })
    browser.clock.advance(5000)
    expect(other.cores).toHaveLength(0)
    browser.clock.advance(2500)
    await until(() => stateOf(other, id) === 'sent')
    expect(statusOf(other)).toEqual({ kind: 'online' })
  })

  test('[TB17] when it thaws it stops at once, keeps nothing more, and follows', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    leader.tab.freeze()
    browser.clock.advance(12_500)
    await until(() => statusOf(other).kind === 'online' && other.cores.length === 1)
    await coreOf(other).receive(fromJose('hello'))
    const robbed = coreOf(leader)
    leader.tab.thaw()
    await until(() => leader.told.length === 1)
    expect(robbed.closed).toBe(true)
    let isKept = false
    void robbed.receive(fromJose('from the old socket')).then(() => (isKept = true))
    void robbed.receive(fromJose('hello')).then(() => (isKept = true))
    const { id } = leader.client.send({ to: 'jose', content: 'still here' })
    await until(() => stateOf(leader, id) === 'sent')
    expect([leader.told, other.told]).toEqual([['hello'], ['hello']])
    expect(isKept).toBe(false)
    expect(browser.bridge.sent).toEqual([id])
  })

  test('[TB18] what it was about to send when it was frozen is sent once', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    leader.tab.freeze()
    browser.clock.advance(12_500)
    await until(() => other.cores.length === 1 && statusOf(other).kind === 'online')
    // Its listeners run before it learns that it was robbed: the store knows better.
    const { id } = leader.client.send({ to: 'jose', content: 'hello' })
    await until(() => coreOf(leader).closed)
    leader.tab.thaw()
    await until(() => stateOf(leader, id) === 'sent')
    expect(browser.bridge.sent).toEqual([id])
  })

  test('[TB19] a tab that was asleep itself does not blame the leader', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    other.tab.freeze()
    // One timer that comes an hour late is one question.
    browser.clock.advance(2500)
    other.tab.thaw()
    await until(() => statusOf(other).kind === 'online')
    for (let round = 0; round < 20; round += 1) {
      browser.clock.advance(2500)
      await other.client.history()
    }
    expect([leader.cores.length, other.cores.length]).toEqual([1, 0])
  })
})
