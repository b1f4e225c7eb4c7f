import { systemClock } from '../../shared/clock.ts'
import type { ClientOptions, Network } from './options.ts'
import { memoryStore } from './store.ts'

/** The options with everything from outside in place. */
export type Resolved = Required<Omit<ClientOptions, 'credentials' | 'tabs'>> &
  Pick<ClientOptions, 'credentials'>

/** Fills in what this runtime has. Node 22 and browsers have a WebSocket; older runtimes must bring one. */
export function resolve(options: ClientOptions): Resolved {
  return {
    url: options.url,
    credentials: options.credentials,
    store: options.store ?? memoryStore(),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
    network: options.network ?? noNetwork,
  }
}

/** Where nothing tells of waking up, the next ping does. */
const noNetwork: Network = { watch: () => () => undefined }
