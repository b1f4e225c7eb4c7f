/// <reference lib="dom" />
import { listen } from './listen.ts'
import { indexedDbStore } from './web-store.ts'
import type { ClientOptions } from './options.ts'
import { memoryStore } from './store.ts'
import type { SleepEvents, TabChannel, TabWorld } from './tabs-world.ts'
import type { Locks } from './tabs-lock.ts'

type Around = Pick<TabWorld, 'name' | 'store' | 'locks' | 'channel' | 'alone' | 'sleep'>
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
  const name = nameOf(given)
  const { store = indexedDbStore(name) } = given
  if (given.tabs === false) return { name, store, sleep, ...LONE }
  const locks = globalThis.navigator?.locks as LockManager | undefined
  if (locks === undefined || !('BroadcastChannel' in globalThis) || globalThis.origin === 'null') {
    return { name, store: given.store ?? memoryStore(), sleep, ...LONE }
  }
  return { name, store, sleep, locks, channel: of => new BroadcastChannel(of), alone: false }
}

/**
 * What tabs of one user have in common: the name of the page's own store if it has one, else the bridge and the user.
 * Where the user is only known once a function is asked, all users share one; an application with several on one device
 * names a store for each.
 */
function nameOf({ url, credentials, store }: Given): string {
  if (store !== undefined && 'name' in store && typeof store.name === 'string') return store.name
  return typeof credentials === 'object' ? `${credentials.username}@${url}` : url
}

/**
 * A page is frozen in the background (`freeze`, https://wicg.github.io/page-lifecycle/) or in the back/forward cache
 * (`pagehide` with `persisted`, which more browsers know).
 */
function sleep({ asleep, awake }: SleepEvents): () => void {
  const { window, document } = globalThis as Partial<typeof globalThis>
  const ifCached = (run: () => void) => (event: Event) => {
    if ('persisted' in event && event.persisted === true) run()
  }
  return listen(
    [document, 'freeze', asleep],
    [document, 'resume', awake],
    [window, 'pagehide', ifCached(asleep)],
    [window, 'pageshow', ifCached(awake)],
  )
}

const DEAF: TabChannel = {
  postMessage: () => undefined,
  addEventListener: () => undefined,
  close: () => undefined,
}

/** They give their lock to whoever asks. */
const FREE_LOCKS = {
  request: async (_name: string, _options: LockOptions, hold: LockGrantedCallback<unknown>) => hold(null),
} as Locks

const LONE: Pick<Around, 'locks' | 'channel' | 'alone'> = {
  locks: FREE_LOCKS,
  channel: () => DEAF,
  alone: true,
}
