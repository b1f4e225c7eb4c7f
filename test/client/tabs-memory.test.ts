import { expect, test } from 'vitest'
import { indexedDbStore } from '../../client/src/web-store.ts'
import { coreOf, FakeBrowser, stateOf, statusOf, until, type OpenTab } from './tabs-fakes.ts'

/** A tab of a browser that refuses IndexedDB. */
async function openWithout(browser: FakeBrowser): Promise<OpenTab> {
  const tab = browser.open({ store: indexedDbStore('ann') })
  await tab.client.connect()
  return tab
}

test('[TB31] the next leader goes on with what the one before had in its memory', async () => {
  const browser = new FakeBrowser()
  const [leader, other] = [await openWithout(browser), await openWithout(browser)]
  coreOf(leader).status({ kind: 'connecting' })
  const { id: first } = leader.client.send({ to: 'jose', content: 'first' })
  const { id: second } = other.client.send({ to: 'jose', content: 'second' })
  await until(() => stateOf(other, first) === 'queued' && stateOf(leader, second) === 'queued')
  leader.tab.sleep?.asleep()
  await until(() => stateOf(other, second) === 'sent')
  expect(browser.bridge.sent).toEqual([first, second])
  leader.tab.sleep?.awake()
  await until(() => stateOf(leader, second) === 'sent')
  // What was sent meanwhile is known to whoever leads next.
  browser.origin.crash(other.tab)
  await until(() => leader.cores.length === 2 && statusOf(leader).kind === 'online')
  expect(stateOf(leader, second)).toBe('sent')
  expect(browser.bridge.sent).toEqual([first, second])
})

test('[TB32] a tab that closes and comes back finds what it had, and nothing after signing out', async () => {
  const browser = new FakeBrowser()
  const tab = await openWithout(browser)
  coreOf(tab).status({ kind: 'connecting' })
  const { id } = tab.client.send({ to: 'jose', content: 'hello' })
  await tab.client.close()
  await tab.client.connect()
  await until(() => stateOf(tab, id) === 'sent')
  await tab.client.leave()
  await tab.client.close()
  await tab.client.connect()
  expect(tab.client.snapshot().messages.size).toBe(0)
})

/** Two tabs that have a copy of a message that waits. */
async function twoCopies() {
  const browser = new FakeBrowser()
  const [leader, other] = [await openWithout(browser), await openWithout(browser)]
  coreOf(leader).status({ kind: 'connecting' })
  const { id } = leader.client.send({ to: 'jose', content: 'hello' })
  await until(() => stateOf(other, id) === 'queued')
  return { browser, leader, other, id }
}

test('[TB33] who was frozen while another tab led does not know what that sent, and sends nothing of it again', async () => {
  const { browser, leader, other, id } = await twoCopies()
  leader.tab.freeze()
  leader.tab.sleep?.asleep()
  await until(() => stateOf(other, id) === 'sent')
  browser.origin.crash(other.tab)
  // A frozen page may never get what was said to it.
  leader.tab.forget()
  leader.tab.sleep?.awake()
  await until(() => leader.cores.length === 2 && statusOf(leader).kind === 'online')
  expect(stateOf(leader, id)).toBe('unsure')
  expect(browser.bridge.sent).toEqual([id])
  // Its next numbers may be taken.
  expect(coreOf(leader).session).toBeNull()
})

test('[TB34] nor does who has closed meanwhile', async () => {
  const { browser, leader, other, id } = await twoCopies()
  await leader.client.close()
  await until(() => stateOf(other, id) === 'sent')
  browser.origin.crash(other.tab)
  await leader.client.connect()
  await until(() => leader.cores.length === 2 && statusOf(leader).kind === 'online')
  expect(stateOf(leader, id)).toBe('unsure')
  expect(browser.bridge.sent).toEqual([id])
})

test('[TB35] who was frozen and never had company sends what waits', async () => {
  const browser = new FakeBrowser()
  const tab = await openWithout(browser)
  coreOf(tab).status({ kind: 'connecting' })
  const { id } = tab.client.send({ to: 'jose', content: 'hello' })
  await until(() => stateOf(tab, id) === 'queued' && coreOf(tab).snapshot.messages.has(id))
  tab.tab.sleep?.asleep()
  tab.tab.sleep?.awake()
  await until(() => stateOf(tab, id) === 'sent')
  expect(browser.bridge.sent).toEqual([id])
})
