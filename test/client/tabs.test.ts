import { describe, expect, test } from 'vitest'
import { indexedDbStore } from '../../client/src/web-store.ts'
import { envelope, readTabMessage, TABS_VERSION } from '../../client/src/tabs-messages.ts'
import { coreOf, FakeBrowser, openThree, openTwo, stateOf, statusOf, fromJose, until } from './tabs-fakes.ts'
import { FakeTab } from './tabs-origin.ts'

describe('one for all', () => {
  test('[TB1] several tabs run one client, and each shows its state', async () => {
    const tabs = await openThree(new FakeBrowser())
    expect(tabs.map(({ cores }) => cores.length)).toEqual([1, 0, 0])
    expect(tabs.map(tab => statusOf(tab))).toEqual([
      { kind: 'online' },
      { kind: 'online' },
      { kind: 'online' },
    ])
  })

  test('[TB2] each tab is told of a message once, and the leader waits for its own listeners', async () => {
    const [leader, other] = await openTwo(new FakeBrowser())
    const done = Promise.withResolvers<void>()
    leader.client.on('message', () => done.promise)
    let kept = false
    const receiving = coreOf(leader)
      .receive(fromJose('hello'))
      .then(() => (kept = true))
    await until(() => other.told.length === 1)
    expect(kept).toBe(false)
    done.resolve()
    await receiving
    expect([leader.told, other.told]).toEqual([['hello'], ['hello']])
  })

  test('[TB3] what one tab sends is queued there at once, and sent in the eyes of all', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    const { id, state } = other.client.send({ to: 'jose', content: 'hello' })
    expect(state).toBe('queued')
    expect(other.client.snapshot().unsent.map(message => message.id)).toEqual([id])
    await until(() => stateOf(other, id) === 'sent')
    expect(stateOf(leader, id)).toBe('sent')
    expect(browser.bridge.sent).toEqual([id])
  })

  test('[TB24] what any tab sends has the name of the device in its id', async () => {
    const tabs = await openTwo(new FakeBrowser())
    for (const { client } of tabs) {
      const { id } = client.send({ to: 'jose', content: 'hello' })
      expect(id.startsWith(`${coreOf(tabs[0]).device}-`)).toBe(true)
    }
  })

  test('[TB4] a request is answered in the tab that asked, with its value or its code', async () => {
    const [, other] = await openTwo(new FakeBrowser())
    expect(await other.client.history({ with: 'jose' })).toMatchObject({ items: [], complete: true })
    await expect(other.client.addContact('nobody')).rejects.toMatchObject({
      name: 'ClientError',
      code: 'not-found',
      message: 'no such address',
    })
  })

  test('[TB5] an argument that cannot be copied is refused in the tab that gave it', async () => {
    const [, other] = await openTwo(new FakeBrowser())
    const uncopyable = { name: (() => 'jose') as unknown as string }
    await expect(other.client.addContact('jose', uncopyable)).rejects.toMatchObject({
      name: 'DataCloneError',
    })
  })

  test('[TB6] a snapshot is the same object until something changed, and so is each of its parts', async () => {
    const [leader, other] = await openTwo(new FakeBrowser())
    const before = other.client.snapshot()
    expect(other.client.snapshot()).toBe(before)
    coreOf(leader).status({ kind: 'connecting' })
    await until(() => statusOf(other).kind === 'connecting')
    expect(other.client.snapshot()).not.toBe(before)
    expect(other.client.snapshot().contacts).toBe(before.contacts)
  })

  test('[TB7] retry sends under a new id what failed, and discard forgets it, from any tab', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    const first = other.client.send({ to: 'jose', content: 'hello' })
    await until(() => stateOf(other, first.id) === 'sent')
    expect(() => other.client.retry(first.id)).toThrow(expect.objectContaining({ code: 'unknown-message' }))
    coreOf(leader).fail(first.id)
    await until(() => stateOf(other, first.id) === 'failed')
    const second = other.client.retry(first.id)
    await until(() => stateOf(leader, second.id) === 'sent' && stateOf(leader, first.id) === undefined)
    expect(browser.bridge.sent).toEqual([first.id, second.id])
    coreOf(leader).fail(second.id)
    await until(() => stateOf(other, second.id) === 'failed')
    other.client.discard(second.id)
    await until(() => stateOf(leader, second.id) === undefined)
  })
})

describe('a tab alone', () => {
  test('[TB22] the latest of several has the store; the one before stops, and may take it back', async () => {
    const browser = new FakeBrowser()
    const [before, after] = [browser.open({ lone: true }), browser.open({ lone: true })]
    await before.client.connect()
    await after.client.connect()
    const { id } = before.client.send({ to: 'jose', content: 'hello' })
    await until(() => statusOf(before).kind === 'stopped')
    expect(statusOf(before)).toEqual({ kind: 'stopped', code: 'taken' })
    expect(statusOf(after)).toEqual({ kind: 'online' })
    await before.client.connect()
    await until(() => stateOf(before, id) === 'sent')
    expect(browser.bridge.sent).toEqual([id])
  })

  test('[TB23] where the browser keeps nothing, memory does, and an error event says so', async () => {
    const browser = new FakeBrowser()
    const tab = browser.open({ store: indexedDbStore('ann') })
    await tab.client.connect()
    const { id } = tab.client.send({ to: 'jose', content: 'hello' })
    await until(() => stateOf(tab, id) === 'sent')
    expect(tab.errors).toMatchObject([{ name: 'StoreError', fault: 'unavailable' }])
  })
})

describe('tabs of another version', () => {
  test('[TB20] a leader of another version is left alone for as long as it lives', async () => {
    const browser = new FakeBrowser()
    const foreign = new FakeTab()
    const held = Promise.withResolvers<void>()
    void browser.origin.locks(foreign).request('stanzagate:ann', {}, () => held.promise)
    const channel = browser.origin.channel(foreign, 'stanzagate:ann')
    channel.addEventListener('message', () =>
      channel.postMessage({ stanzagate: TABS_VERSION + 1, leads: true }),
    )
    const tab = browser.open()
    const connected = tab.client.connect()
    for (let round = 0; round < 10; round += 1) {
      await until(() => statusOf(tab).kind === 'waiting')
      browser.clock.advance(2500)
    }
    expect(statusOf(tab)).toMatchObject({ code: 'other-version' })
    held.resolve()
    await connected
    expect(statusOf(tab)).toEqual({ kind: 'online' })
  })

  test.each([
    ['nothing of ours', { hello: 1 }, undefined],
    ['no object', 'stanzagate', undefined],
    ['a follower of another version', { stanzagate: 99, leads: false, message: {} }, undefined],
    ['a leader of another version', { stanzagate: 99, leads: true }, 'other-version'],
    ['a message', envelope({ kind: 'alive', term: 1 }), { kind: 'alive', term: 1 }],
  ])('[TB21] %s is read as what it is', (_what, data, read) => {
    expect(readTabMessage(data)).toEqual(read)
  })

  test('[TB28] what nobody can mean changes nothing', async () => {
    const browser = new FakeBrowser()
    const [leader, other] = await openTwo(browser)
    const stranger = browser.origin.channel(new FakeTab(), 'stanzagate:ann')
    const before = [leader.client.snapshot(), other.client.snapshot()]
    for (const message of [{}, { kind: 'constructor' }, { kind: 'alive' }, { kind: 'state' }, []]) {
      stranger.postMessage({ stanzagate: TABS_VERSION, leads: false, message })
    }
    await other.client.history()
    expect([leader.client.snapshot(), other.client.snapshot()]).toEqual(before)
    expect([...leader.errors, ...other.errors]).toEqual([])
  })
})
