import type { Clock } from '../../shared/clock.ts'

/** Twice this is below the 30 s after which Prosody leaves a connection that acknowledges nothing, for the next one to resume in vain. */
const LOOK_MS = 10_000

/**
 * Calls `unheard` when the server has left our first `<r/>` on a resumed stream unanswered for 20 s. Prosody 0.12 reads a resumed session
 * with the parser of its first connection: when that one ended inside a stanza, the server sends at each later resume, and hears
 * nothing. But packets may be lost too, and a stream given up for that costs a GAP: so one is resumed once more, and is deaf when that
 * is unheard as well. Looks twice, since a process that has slept runs what fell due before it reads what has come. Returns what calls
 * it off.
 */
export function watchHearing(clock: Clock, unheard: () => void): () => void {
  let cancel = clock.after(LOOK_MS, () => {
    cancel = clock.after(LOOK_MS, unheard)
  })
  return () => cancel()
}
