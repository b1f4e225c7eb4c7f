import { ChatClient } from './client.ts'
import { resolve } from './defaults.ts'
import type { ClientOptions } from './options.ts'
import { TabbedClient } from './tabs.ts'
import type { Client } from './types.ts'
import { webNetwork } from './web-network.ts'
import { around, isBrowser } from './web.ts'

/** A client that does nothing yet; `connect` starts it. In a browser, one of several that share a connection. */
export function createClient(options: ClientOptions): Client {
  if (!isBrowser()) return new ChatClient(resolve(options))
  const resolved = resolve({ network: webNetwork(), ...options })
  return new TabbedClient({
    ...around(options),
    core: (store, emitter) => new ChatClient({ ...resolved, store }, emitter),
    clock: resolved.clock,
    random: resolved.random,
  })
}
