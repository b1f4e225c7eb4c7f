/// <reference lib="dom" />
import { listen } from './listen.ts'
import type { Network } from './options.ts'

type Target = Partial<Pick<EventTarget, 'addEventListener'>>

/** As much of the global scope of a page, or of a worker, as is listened to. */
export interface Scope extends Target {
  readonly document?: Target & { readonly visibilityState: string }
}

/**
 * Wakes the client when its connection may have ended unheard: the network is back or gone, the page is shown or focused,
 * comes out of the back/forward cache (`pageshow`) or was unfrozen (`resume`, https://wicg.github.io/page-lifecycle/).
 * A worker has no page and is woken by the network alone; in Node nothing tells, and the next ping does.
 */
export function webNetwork(scope: Scope = globalThis): Network {
  return {
    watch(wake) {
      const { document } = scope
      const onVisibility = () => {
        if (document?.visibilityState === 'visible') wake()
      }
      return listen(
        [scope, 'online', wake],
        [scope, 'offline', wake],
        [scope, 'focus', wake],
        [scope, 'pageshow', wake],
        [document, 'resume', wake],
        [document, 'visibilitychange', onVisibility],
      )
    },
  }
}
