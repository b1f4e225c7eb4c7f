import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryStore } from '../../client/src/store.ts'
import { around } from '../../client/src/web.ts'

const url = 'wss://chat.example.org'
const credentials = { username: 'ann', password: 'pw' }

beforeEach(() => vi.stubGlobal('origin', 'https://example.org'))
afterEach(() => vi.unstubAllGlobals())

test('[WB1] a page has a store for each user and bridge, which its tabs share', () => {
  const name = 'ann@wss://chat.example.org'
  expect(around({ url, credentials })).toMatchObject({
    name,
    store: { name },
    channel: expect.any(Function) as unknown,
  })
  expect(around({ url, credentials: () => credentials })).toMatchObject({ name: url, store: { name: url } })
})

test('[WB2] a store of the page keeps its own name, and gets one where it has none', () => {
  const store = { ...memoryStore(), name: 'mine' }
  expect(around({ url, credentials, store })).toMatchObject({ name: 'mine', store })
  expect(around({ url, credentials, store: memoryStore() }).name).toBe('ann@wss://chat.example.org')
})

test('[WB3] a page that wants no sharing is alone, with the same store', () => {
  expect(around({ url, credentials, tabs: false })).toMatchObject({
    store: { name: 'ann@wss://chat.example.org' },
    channel: undefined,
  })
})

test('[WB4] without Web Locks a tab is alone and keeps all in memory', async () => {
  vi.stubGlobal('navigator', {})
  const { store, channel } = around({ url, credentials })
  expect(channel).toBeUndefined()
  await store.save({ device: 'd1' })
  expect(await store.load()).toMatchObject({ device: 'd1' })
  expect(await around({ url, credentials }).store.load()).toBeUndefined()
})

test('[WB6] a program is alone and keeps all in memory, and so is a page that belongs to no origin', () => {
  for (const origin of [undefined, 'null']) {
    vi.stubGlobal('origin', origin)
    for (const tabs of [true, false]) {
      const { store, channel } = around({ url, credentials, tabs })
      expect(channel).toBeUndefined()
      expect(store).not.toHaveProperty('name')
    }
  }
})

test('[WB5] a page sleeps when it is frozen or put into the back/forward cache, and not when it is left', () => {
  const [window, document] = [new EventTarget(), new EventTarget()]
  vi.stubGlobal('window', window)
  vi.stubGlobal('document', document)
  const told: string[] = []
  const stop = around({ url }).sleep({
    asleep: () => void told.push('asleep'),
    awake: () => void told.push('awake'),
  })
  const transition = (type: string, persisted: boolean) =>
    window.dispatchEvent(Object.assign(new Event(type), { persisted }))
  document.dispatchEvent(new Event('freeze'))
  document.dispatchEvent(new Event('resume'))
  transition('pagehide', false)
  transition('pageshow', false)
  transition('pagehide', true)
  transition('pageshow', true)
  stop()
  document.dispatchEvent(new Event('freeze'))
  expect(told).toEqual(['asleep', 'awake', 'asleep', 'awake'])
})
