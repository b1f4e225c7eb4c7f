import { systemClock } from '../../shared/clock.ts'
import type { ClientOptions } from './options.ts'
import { webNetwork } from './web-network.ts'

/** The options with everything from outside in place. */
export type Resolved = Required<Omit<ClientOptions, 'credentials' | 'tabs'>> &
  Pick<ClientOptions, 'credentials'>

/** Fills in what this runtime has, but the store. Node 22 and browsers have a WebSocket; older runtimes must bring one. */
export function resolve({
  url,
  credentials,
  clock = systemClock,
  random = Math.random,
  WebSocket = globalThis.WebSocket,
  network = webNetwork(),
}: ClientOptions): Omit<Resolved, 'store'> {
  return { url, credentials, clock, random, WebSocket, network }
}
