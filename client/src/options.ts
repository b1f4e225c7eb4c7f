import type { Clock } from '../../shared/clock.ts'
import type { Store } from './store.ts'
import type { Credentials } from './types.ts'

export interface ClientOptions {
  /** The bridge's address, `wss://…`. */
  readonly url: string
  /** Or a function that gives them when they are needed: when there is no session to go on with. Never stored. */
  readonly credentials?: Credentials | (() => Credentials | Promise<Credentials>)
  /** Memory in Node, IndexedDB in a browser. */
  readonly store?: Store
  /** Browsers: one connection for all tabs. */
  readonly tabs?: boolean
  readonly clock?: Clock
  /** 0 to 1, like Math.random. */
  readonly random?: () => number
  readonly WebSocket?: SocketConstructor
  readonly network?: Network
}

/** Whoever can tell that this is a good moment to look at the connection. */
export interface Network {
  /** Calls `wake` when the network is back or gone, or the page is shown. Returns a function that ends that. */
  watch(wake: () => void): () => void
}

/** As much of a WebSocket as the client uses. */
export interface SocketLike {
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike
