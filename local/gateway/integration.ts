import type { Clock } from '../../shared/clock.ts'
import type { RouteKey } from './events.ts'
import { INTEGRATION_TIMEOUT_MS } from './limits.ts'

/** Runs the route's function. Rejects when the function failed or timed out. */
export type Invoke = (route: RouteKey, event: unknown) => Promise<unknown>

/** The function gave no answer within the gateway's own limit; it may still be running. */
export class IntegrationTimedOut extends Error {
  override readonly name = 'IntegrationTimedOut'

  constructor(route: RouteKey) {
    super(`${route} did not answer within ${INTEGRATION_TIMEOUT_MS} ms`)
  }
}

/** The way from the gateway to the functions: every call under the same limit, and known until it has ended. */
export class Integration {
  #invoke: Invoke
  #clock: Clock
  #running = new Set<Promise<unknown>>()

  constructor(invoke: Invoke, clock: Clock) {
    this.#invoke = invoke
    this.#clock = clock
  }

  /** Rejects with IntegrationTimedOut after 29 s, and with whatever `invoke` rejected with before. */
  async run(route: RouteKey, event: unknown): Promise<unknown> {
    const call = this.#limited(route, event)
    this.#running.add(call)
    try {
      return await call
    } finally {
      this.#running.delete(call)
    }
  }

  /** Resolves when no call runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  #limited(route: RouteKey, event: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timedOut = () => reject(new IntegrationTimedOut(route))
      const cancel = this.#clock.after(INTEGRATION_TIMEOUT_MS, timedOut)
      this.#invoke(route, event).then(resolve, reject).finally(cancel)
    })
  }
}
