/**
 * Time by argument: everything that waits takes a Clock, so tests turn it by hand and never sleep.
 */
export interface Clock {
  /** Milliseconds of the wall clock, for what is stored or shown. */
  now(): number
  /** Milliseconds that only ever grow, for measuring; never compared between machines. */
  monotonic(): number
  /** Calls `run` once after `ms` milliseconds, unless the returned function is called first. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves when `work` does, or after `ms` milliseconds if that is sooner; no timer is left behind. Rejects as `work` does. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  try {
    await Promise.race([work, sleep(clock, ms, done.signal)])
  } finally {
    done.abort()
  }
}

/**
 * Resolves after `ms` milliseconds, or at once when the signal aborts; look at the signal again afterwards.
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal?.addEventListener('abort', done, { once: true })
  })
}
