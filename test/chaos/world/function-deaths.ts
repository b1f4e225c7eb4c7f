import { fileURLToPath } from 'node:url'
import { FunctionCrashed } from '../../../local/functions/errors.ts'
import type { RouteKey } from '../../../local/gateway/events.ts'
import type { Invoke } from '../../../local/gateway/integration.ts'
import type { FunctionPoolOptions } from '../../../local/functions/pool.ts'
import type { Clock } from '../../../shared/clock.ts'
import { HANDLER_FILE, type MortalCall } from './mortal-call.ts'
import { Overlap } from './overlap.ts'

const MORTAL = fileURLToPath(new URL('mortal-handler.ts', import.meta.url))

/** What has a pool run these handlers in processes that die when `FunctionDeaths` says so. */
export function mortal(
  handlers: Readonly<Record<RouteKey, string>>,
  env: Readonly<Record<string, string>>,
): Pick<FunctionPoolOptions, 'handlers' | 'env'> {
  return {
    handlers: { $connect: MORTAL, $default: MORTAL, $disconnect: MORTAL },
    env: route => ({ ...env, [HANDLER_FILE]: handlers[route] }),
  }
}

/** Of one fault: how often it kills, and how many had died before it. */
export interface Deaths {
  readonly everyMs: number
  readonly before: number
}

/**
 * Kills processes of functions at the worst moment: all that the call was to bring about is done, a worker has taken what the
 * client sent, and the gateway hears only that the function failed, and tells the client so.
 */
export class FunctionDeaths {
  readonly #clock: Clock
  readonly #lasting = new Overlap<Deaths>(({ everyMs }) => -everyMs)
  #lastMs = -Infinity
  #times = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * From now on the first message in each `everyMs` is the last of its process. Faults that overlap kill at the pace of the
   * fastest, not each at its own.
   */
  begin(everyMs: number): Deaths {
    const deaths = { everyMs, before: this.#times }
    this.#lasting.begin(deaths)
    return deaths
  }

  /** Returns how many died since it began, whichever fault they count for; a call that failed by itself is none. */
  end(deaths: Deaths): number {
    this.#lasting.end(deaths)
    return this.#times - deaths.before
  }

  heal(): void {
    this.#lasting.clear()
  }

  /** The same calls, of which some die. */
  among(invoke: Invoke): Invoke {
    return async (route, event) => {
      const dies = route === '$default' && this.#isNext()
      try {
        return await invoke(route, { event, dies } satisfies MortalCall)
      } catch (error) {
        if (dies && error instanceof FunctionCrashed) this.#times += 1
        throw error
      }
    }
  }

  #isNext(): boolean {
    const pace = this.#lasting.strongest
    const nowMs = this.#clock.monotonic()
    if (pace === undefined || nowMs < this.#lastMs + pace.everyMs) return false
    this.#lastMs = nowMs
    return true
  }
}
