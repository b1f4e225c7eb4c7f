import { type Clock, systemClock } from '../../shared/clock.ts'
import type { RouteKey } from '../gateway/events.ts'
import type { Invoke } from '../gateway/integration.ts'
import { INTEGRATION_TIMEOUT_MS } from '../gateway/limits.ts'
import { FunctionCrashed } from './errors.ts'
import { FunctionGroup } from './group.ts'

/** The concurrency that an AWS account has by default ("Understanding Lambda function scaling"). */
const MAX_CONCURRENCY = 1000
/** More processes than a laptop has cores would only take its memory. */
const MAX_PROCESSES = 4

export interface FunctionPoolOptions {
  /** Absolute path of the module that exports each function's `handler`. */
  handlers: Record<RouteKey, string>
  /** The same for all, or each its own. */
  env: Record<string, string> | ((route: RouteKey) => Readonly<Record<string, string>>)
  /** Longest invoke of any function; the gateway waits no longer than 29 s in any case. */
  timeoutMs?: number
  /** Invokes of one function at once; one more is throttled. Default 1000. */
  maxConcurrency?: number
  /** Processes per function; an invoke beyond them waits for one. Default 4. */
  maxProcesses?: number
  /** Takes each line that a function prints. */
  log?: (line: string) => void
  /** Processes per function that are started before the first invoke. */
  warm?: number
  clock?: Clock
}

export interface FunctionPool {
  invoke: Invoke
  /** Restarts the processes so that changed code is loaded; invokes that run may finish. */
  reload(): void
  stop(): Promise<void>
}

/**
 * Runs the three functions as Lambda does: each invoke alone in a process, more processes when all are busy, kept
 * warm in between. Rejects when a function's module cannot be loaded, with its processes' words in `log`.
 */
export async function startFunctions(options: FunctionPoolOptions): Promise<FunctionPool> {
  const { warm = 1, log = () => {} } = options
  const groups: Record<RouteKey, FunctionGroup> = {
    $connect: group(options, '$connect'),
    $default: group(options, '$default'),
    $disconnect: group(options, '$disconnect'),
  }
  const all = Object.values(groups)
  const stopped = new AbortController()
  const stop = async () => {
    stopped.abort()
    await Promise.all(all.map(each => each.stop()))
  }
  const warmUp = () => Promise.all(all.map(each => each.warm(warm)))
  try {
    await warmUp()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    invoke: async (route, event) => {
      if (stopped.signal.aborted) throw new FunctionCrashed(route, 'the functions were stopped')
      return groups[route].invoke(event)
    },
    reload: () => {
      if (stopped.signal.aborted) return
      for (const each of all) each.retire()
      warmUp().catch((error: unknown) => log(String(error)))
    },
    stop,
  }
}

function group(options: FunctionPoolOptions, route: RouteKey): FunctionGroup {
  const {
    timeoutMs = INTEGRATION_TIMEOUT_MS,
    maxConcurrency = MAX_CONCURRENCY,
    maxProcesses = MAX_PROCESSES,
    log = () => {},
    clock = systemClock,
  } = options
  return new FunctionGroup({
    functionName: route.slice(1),
    modulePath: options.handlers[route],
    env: { ...inherited(), ...(typeof options.env === 'function' ? options.env(route) : options.env) },
    timeoutMs,
    maxConcurrency,
    maxProcesses,
    clock,
    log,
  })
}

/** A function sees nothing else of its parent's environment, so none of its settings can work by accident. */
function inherited(): NodeJS.ProcessEnv {
  const { PATH, HOME, NODE_EXTRA_CA_CERTS } = process.env
  return { PATH, HOME, ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }) }
}
