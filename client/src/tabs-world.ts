import type { Clock } from '../../shared/clock.ts'
import type { Saved, Store } from './store.ts'
import type { CorePorts, TabCore } from './tabs-core.ts'
import type { Locks } from './tabs-lock.ts'

/** As much of a BroadcastChannel as is used. */
export interface TabChannel {
  postMessage(data: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  close(): void
}

export interface SleepEvents {
  /** Nothing of this tab may run from now on. */
  readonly asleep: () => void
  readonly awake: () => void
}

/** What a tab has around it. */
export interface TabWorld {
  /** The tabs of this name, which is that of their store, belong together. */
  readonly name: string
  readonly store: Store
  /** What the leader keeps where that is refused. Each tab has a copy, so that it lasts for as long as one of them does. */
  memory?: Saved | undefined
  /**
   * Other tabs were heard: they may have copies that are newer. So it stays when they are gone: who is closed, crashes or is
   * frozen says nothing. To be wrong about company makes a message `unsure`; to be wrong about none would send it twice.
   */
  shared?: boolean
  /** Makes the client that the leader runs. */
  readonly core: (store: Store, ports: CorePorts) => TabCore
  readonly locks: Locks
  /** Undefined: no other tab is spoken to, and one that takes the store stops this one for good. */
  readonly channel: ((name: string) => TabChannel) | undefined
  readonly clock: Clock
  readonly random: () => number
  /** Whoever can tell that this tab is about to be frozen. Returns a function that ends that. */
  readonly sleep: (events: SleepEvents) => () => void
}
