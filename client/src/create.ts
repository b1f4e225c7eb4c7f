import { ChatClient } from './client.ts'
import { resolve } from './defaults.ts'
import type { ClientOptions } from './options.ts'
import { TabbedClient } from './tabs.ts'
import type { Client } from './types.ts'
import { around } from './web.ts'

/** A client that does nothing yet; `connect` starts it. In a browser, one of several that share a connection. */
export function createClient(options: ClientOptions): Client {
  const resolved = resolve(options)
  return new TabbedClient({
    ...resolved,
    ...around(options),
    core: (store, ports) => new ChatClient({ ...resolved, store }, ports),
  })
}
