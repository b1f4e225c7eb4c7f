import type { Browser, BrowserContext } from 'puppeteer-core'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Bridge } from '../support/bridge.ts'
import type { WebUser } from '../support/web-user.ts'
import { inChromium, startChromium } from './support/chromium.ts'
import { startSite, type Site } from './support/site.ts'
import { Tab } from './support/tab.ts'

inChromium('tabs in a browser', () => {
  let folder: string
  let bridge: Bridge
  let site: Site
  let browser: Browser
  let context: BrowserContext
  let jose: WebUser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stanzagate-test-'))
    bridge = await Bridge.start()
    site = await startSite(folder)
    browser = await startChromium()
    jose = await bridge.signIn('jose')
  })
  afterAll(async () => {
    await browser.close()
    await site.stop()
    await bridge.stop()
    await rm(folder, { recursive: true, force: true })
  })
  // A profile for each test: no storage, locks or channels are shared.
  beforeEach(async () => {
    context = await browser.createBrowserContext()
  })
  afterEach(() => context.close())

  const open = async (user: string) =>
    (await Tab.open(context, { site: site.url, bridge: bridge.url }, user)).online()

  const sockets = async () => {
    const response = await fetch(new URL('/_local/connections', bridge.url.replace('ws', 'http')))
    const connections = (await response.json()) as { readonly connectionId: string }[]
    return connections.map(({ connectionId }) => connectionId)
  }

  /** Texts of a user that jose has got. */
  const got = (user: string) =>
    jose.frames.flatMap(({ messageType, from, content }) =>
      messageType === 'NEW_MESSAGE' && from === user ? [content] : [],
    )

  const joseGets = (user: string, contents: readonly string[]) =>
    vi.waitUntil(() => contents.every(content => got(user).includes(content)), { timeout: 30_000 })

  const say = (to: string, content: string) =>
    jose.send({ messageType: 'NEW_MESSAGE', to, content, id: crypto.randomUUID() })

  test('[BR1] three tabs have one socket; each is told everything once, and may send', async () => {
    const others = await sockets()
    const tabs = [await open('ann'), await open('ann'), await open('ann')]
    expect(await sockets()).toHaveLength(others.length + 1)
    say('ann', 'to all')
    await tabs[2]?.send('jose', 'from the third')
    await joseGets('ann', ['from the third'])
    for (const tab of tabs) {
      await tab.until(({ told }) => told.includes('to all'), 'the message')
      await tab.until(({ messages }) => messages.includes('from the third:sent'), 'the tick')
      expect(await tab.look()).toMatchObject({ told: ['to all'], errors: [] })
    }
    expect(got('ann')).toEqual(['from the third'])
  })

  test('[BR2] when the leading tab is closed the next goes on in the same session, and nothing is lost or doubled', async () => {
    const others = await sockets()
    const [leader, next, third] = [await open('bea'), await open('bea'), await open('bea')]
    await next.send('jose', 'before')
    await leader.page.close()
    await third.send('jose', 'while nobody leads')
    say('bea', 'to whoever leads')
    await joseGets('bea', ['before', 'while nobody leads'])
    for (const tab of [next, third]) {
      await tab.until(({ told }) => told.includes('to whoever leads'), 'the message')
      await tab.until(({ messages }) => messages.includes('while nobody leads:sent'), 'the tick')
    }
    expect((await third.look()).told).toEqual(['to whoever leads'])
    expect(got('bea')).toEqual(['before', 'while nobody leads'])
    await vi.waitUntil(async () => (await sockets()).length === others.length + 1, { timeout: 15_000 })
  })

  test('[BR3] a reload in the middle of sending loses and doubles nothing', async () => {
    const tab = await open('cora')
    const contents = Array.from({ length: 30 }, (_, number) => `text ${number}`)
    await tab.send('jose', ...contents)
    await vi.waitUntil(async () => (await tab.kept()) === contents.length, { timeout: 15_000 })
    await tab.page.reload()
    await tab.online()
    await joseGets('cora', contents)
    await tab.until(({ messages }) => messages.every(message => message.endsWith(':sent')), 'all ticks')
    expect(got('cora')).toEqual(contents)
  })

  test('[BR4] what is sent without a network goes out when it is back, and what came meanwhile comes in', async () => {
    const others = await sockets()
    const tab = await open('dora')
    const own = (await sockets()).filter(id => !others.includes(id))
    await tab.page.setOfflineMode(true)
    await fetch(new URL('/_local/cut', bridge.url.replace('ws', 'http')), {
      method: 'POST',
      body: JSON.stringify({ connectionIds: own }),
    })
    await tab.until(({ status }) => status.kind === 'waiting', 'the loss of the network')
    await tab.send('jose', 'offline 1', 'offline 2')
    say('dora', 'you are away')
    expect(await tab.look()).toMatchObject({ messages: ['offline 1:queued', 'offline 2:queued'] })
    await tab.page.setOfflineMode(false)
    await tab.until(({ told }) => told.includes('you are away'), 'what came meanwhile')
    await joseGets('dora', ['offline 1', 'offline 2'])
    expect((await tab.look()).told).toEqual(['you are away'])
    expect(got('dora')).toEqual(['offline 1', 'offline 2'])
  })

  test('[BR5] a leading tab that is frozen hands over at once, and follows when it thaws', async () => {
    const [leader, next] = [await open('emma'), await open('emma')]
    await leader.freeze('frozen')
    await next.send('jose', 'while it is frozen')
    await joseGets('emma', ['while it is frozen'])
    say('emma', 'are you there?')
    await next.until(({ told }) => told.includes('are you there?'), 'the message')
    await leader.freeze('active')
    await leader.until(({ told }) => told.includes('are you there?'), 'the message, late')
    await leader.send('jose', 'thawed')
    await joseGets('emma', ['thawed'])
    expect([(await leader.look()).told, (await next.look()).told]).toEqual([
      ['are you there?'],
      ['are you there?'],
    ])
    expect(got('emma')).toEqual(['while it is frozen', 'thawed'])
  })

  test('[BR6] a leading tab that hangs is robbed, and stops when it wakes', async () => {
    const others = await sockets()
    const [leader, next] = [await open('fay'), await open('fay')]
    const wake = await leader.hang()
    await next.send('jose', 'while it hangs')
    say('fay', 'hello?')
    await joseGets('fay', ['while it hangs'])
    await next.until(({ told }) => told.includes('hello?'), 'the message')
    await wake()
    await leader.until(({ told }) => told.includes('hello?'), 'the message, late')
    await leader.send('jose', 'awake')
    await joseGets('fay', ['awake'])
    await vi.waitUntil(async () => (await sockets()).length === others.length + 1, { timeout: 15_000 })
    expect([(await leader.look()).told, (await next.look()).told]).toEqual([['hello?'], ['hello?']])
    expect(got('fay')).toEqual(['while it hangs', 'awake'])
  })
})
