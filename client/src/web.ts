/// <reference lib="dom" />
import { listen } from './web-network.ts'
import { indexedDbStore } from './web-store.ts'
import type { NamedStore } from './named-store.ts'
import type { ClientOptions } from './options.ts'
import { memoryStore, type Store } from './store.ts'
import type { SleepEvents, TabChannel, TabWorld } from './tabs-world.ts'
import type { Locks } from './tabs-lock.ts'

type Around = Pick<TabWorld, 'store' | 'locks' | 'channel' | 'alone' | 'sleep'>
type Given = Pick<ClientOptions, 'url' | 'credentials' | 'store' | 'tabs'>

/** Whether this is a page (or a worker of one), and not Node. */
export function isBrowser(): boolean {
  return 'window' in globalThis || 'WorkerGlobalScope' in globalThis
}

/**
 * The store of a page, and the means by which its tabs share one client: Web Locks and BroadcastChannel. A page that wants
 * no sharing has a store that its latest tab takes from the others. Where the means are missing (they are for secure
 * contexts alone), each tab has a store of its own, in memory.
 */
export function around(given: Given): Around {
  if (given.tabs === false) return { store: storeOf(given), sleep, ...LONE }
  const locks = globalThis.navigator?.locks as LockManager | undefined
  if (locks === undefined || !('BroadcastChannel' in globalThis) || globalThis.origin === 'null') {
    return { store: named(given.store ?? memoryStore(), ''), sleep, ...LONE }
  }
  return { store: storeOf(given), sleep, locks, channel: name => new BroadcastChannel(name), alone: false }
}

/**
 * One for each bridge and user. Where the user is only known once a function is asked, all users share one; an
 * application with several on one device names a store for each.
 */
function storeOf({ url, credentials, store }: Given): NamedStore {
  const user = typeof credentials === 'object' ? `${credentials.username}@` : ''
  const name = `${user}${url}`
  return store === undefined ? indexedDbStore(name) : named(store, name)
}

/** A store that says no name is a matter of the page; the tabs of one user belong together all the same. */
function named(store: Store, name: string): NamedStore {
  if ('name' in store && typeof store.name === 'string') return store as NamedStore
  return { name, load: () => store.load(), save: change => store.save(change), clear: () => store.clear() }
}

/**
 * A page is frozen in the background (`freeze`, https://wicg.github.io/page-lifecycle/) or in the back/forward cache
 * (`pagehide` with `persisted`, which more browsers know).
 */
function sleep(events: SleepEvents): () => void {
  const { window, document } = globalThis as Partial<typeof globalThis>
  const asleep = () => events.asleep()
  const awake = () => events.awake()
  const ifCached = (run: () => void) => (event: Event) => {
    if ('persisted' in event && event.persisted === true) run()
  }
  return listen([
    [document, 'freeze', asleep],
    [document, 'resume', awake],
    [window, 'pagehide', ifCached(asleep)],
    [window, 'pageshow', ifCached(awake)],
  ])
}

const DEAF: TabChannel = {
  postMessage: () => undefined,
  addEventListener: () => undefined,
  close: () => undefined,
}

/** They give their lock to whoever asks. */
const FREE_LOCKS = {
  request: async (name: string, _options: LockOptions, hold: LockGrantedCallback<unknown>) =>
    hold({ name, mode: 'exclusive' }),
} as Locks

const LONE: Pick<Around, 'locks' | 'channel' | 'alone'> = {
  locks: FREE_LOCKS,
  channel: () => DEAF,
  alone: true,
}
