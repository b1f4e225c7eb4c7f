import { systemClock } from '../../shared/clock.ts'
import type { ClientOptions, Network } from './options.ts'
import { memoryStore } from './store.ts'

/** The options with everything from outside in place. */
export type Resolved = Required<Omit<ClientOptions, 'credentials' | 'tabs'>> &
  Pick<ClientOptions, 'credentials'>

/** Fills in what this runtime has. Node 22 and browsers have a WebSocket; older runtimes must bring one. */
export function resolve({
  url,
  credentials,
  store = memoryStore(),
  clock = systemClock,
  random = Math.random,
  WebSocket = globalThis.WebSocket,
  network = noNetwork,
}: ClientOptions): Resolved {
  return { url, credentials, store, clock, random, WebSocket, network }
}

/** Where nothing tells of waking up, the next ping does. */
const noNetwork: Network = { watch: () => () => undefined }
