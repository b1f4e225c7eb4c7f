/// <reference lib="dom" />

/** What a candidate is told. */
export interface LockEvents {
  /** This tab holds the lock: no other does. */
  won(): void
  /** Another tab has stolen the lock. */
  robbed(): void
  /** The browser refuses locks to this page. */
  failed(cause: unknown): void
}

export type Locks = Pick<LockManager, 'request'>

/**
 * Waits in line for the one lock among all tabs of an origin, or takes it from whoever holds it. The browser gives it on
 * when a tab is closed or crashes. Returns a function that gives it back, or leaves the line.
 * https://w3c.github.io/web-locks/
 */
export function contend(locks: Locks, name: string, how: 'wait' | 'steal', events: LockEvents): () => void {
  const over = new AbortController()
  const { signal } = over
  let won = false
  const hold = () => {
    if (signal.aborted) return undefined
    won = true
    events.won()
    return new Promise(giveBack => signal.addEventListener('abort', giveBack))
  }
  // A request that steals may have no signal.
  locks.request(name, how === 'steal' ? { steal: true } : { signal }, hold).catch((cause: unknown) => {
    if (signal.aborted) return
    if (won) events.robbed()
    else events.failed(cause)
  })
  return () => over.abort()
}
