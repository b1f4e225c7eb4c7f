import type { Clock } from '../../shared/clock.ts'
import type { Emitter } from './emitter.ts'
import type { Store } from './store.ts'
import type { TabCore } from './tabs-core.ts'
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
  /** Makes the client that the leader runs; what it tells goes to the emitter. */
  readonly core: (store: Store, emitter: Emitter) => TabCore
  readonly locks: Locks
  readonly channel: (name: string) => TabChannel
  readonly clock: Clock
  readonly random: () => number
  /** Whoever can tell that this tab is about to be frozen. Returns a function that ends that. */
  readonly sleep: (events: SleepEvents) => () => void
  /** No other tab is spoken to: one that takes the store stops this one for good. */
  readonly alone: boolean
}
