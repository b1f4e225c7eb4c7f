/// <reference lib="dom" />
import { listen } from './listen.ts'
import { indexedDbStore } from './web-store.ts'
import type { NamedStore } from './named-store.ts'
import type { ClientOptions } from './options.ts'
import { memoryStore } from './store.ts'
import type { SleepEvents, TabWorld } from './tabs-world.ts'
import type { Locks } from './tabs-lock.ts'

type Around = Pick<TabWorld, 'name' | 'store' | 'locks' | 'channel' | 'sleep'>
type Given = Pick<ClientOptions, 'url' | 'credentials' | 'store' | 'tabs'>

/**
 * The store of a page, and the means by which its tabs share one client: Web Locks and BroadcastChannel. A page that wants
 * no sharing has a store that its latest tab takes from the others. Where the means are missing (they are for secure
 * contexts alone), each tab has a store of its own, in memory; and so has a program, which is no page.
 */
export function around(given: Given): Around {
  const { origin = 'null', navigator } = globalThis as Partial<typeof globalThis>
  // Node has locks, too, but no origin whose tabs could share.
  const isPage = origin !== 'null'
  const isLone = given.tabs === false
  const shared = isPage && !isLone ? navigator?.locks : undefined
  const name = nameOf(given)
  const { store = isPage && (isLone || shared) ? indexedDbStore(name) : memoryStore() } = given
  const channel = shared && ((of: string) => new BroadcastChannel(of))
  return { name, store, sleep, locks: shared ?? loneLocks(), channel }
}

/**
 * What tabs of one user have in common: the name of the page's own store if it has one, else the bridge and the user.
 * Where the user is only known once a function is asked, all users share one; an application with several on one device
 * names a store for each.
 */
function nameOf({ url, credentials, store }: Given): string {
  const named = (store as Partial<NamedStore> | undefined)?.name
  return named ?? (typeof credentials === 'object' ? `${credentials.username}@${url}` : url)
}

/**
 * A page is frozen in the background (`freeze`, https://wicg.github.io/page-lifecycle/) or in the back/forward cache
 * (`pagehide` with `persisted`, which more browsers know).
 */
function sleep({ asleep, awake }: SleepEvents): () => void {
  const { window, document } = globalThis as Partial<typeof globalThis>
  const ifCached = (run: () => void) => (event: Event) => {
    if ((event as PageTransitionEvent).persisted) run()
  }
  return listen(
    [document, 'freeze', asleep],
    [document, 'resume', awake],
    [window, 'pagehide', ifCached(asleep)],
    [window, 'pageshow', ifCached(awake)],
  )
}

/** Nobody else wants the lock; whoever comes back waits until it has closed. */
function loneLocks(): Locks {
  let held: Promise<unknown> = Promise.resolve()
  const request = (_name: string, _options: LockOptions, hold: LockGrantedCallback<unknown>) =>
    (held = held.then(() => hold(null)))
  return { request } as Locks
}
