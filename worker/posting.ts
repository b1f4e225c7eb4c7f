import { sleep, type Clock } from '../shared/clock.ts'
import type { Meter } from '../shared/metrics.ts'

/**
 * What the management API said to one post; see worker/management.ts. `fenced`: nothing was posted, since the worker may not act
 * at the moment (worker/fence.ts).
 */
export type PostOutcome = 'taken' | 'gone' | 'slow' | 'too-large' | 'failed' | 'fenced'
export type Post = (connectionId: string, data: string) => Promise<PostOutcome>

export interface PostingOptions {
  readonly connectionId: string
  readonly post: Post
  readonly clock: Clock
  readonly meter: Meter
  /** 0 to 1. */
  readonly random: () => number
  /** Until then (monotonic) a 410 means "not yet": the handshake's function has not returned. */
  readonly handshakeUntilMs: number
}

/** taken: go on with the next. gone: there is no such connection. stopped: the signal was quicker. */
export type Posted = 'taken' | 'gone' | 'stopped'

type Next =
  | { readonly kind: 'done'; readonly posted: Posted }
  | { readonly kind: 'again'; readonly ms: number }

/** API Gateway keeps no connection longer than this without its `$connect` having answered (29 s, and a margin). */
export const HANDSHAKE_GRACE_MS = 35_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5000
/** A worker renews its lease every second, so a fence that was closed by a hiccup opens soon. */
const FENCED_PAUSE_MS = 250
/** Failing posts are tried for about two minutes; then the socket counts as gone. */
const MAX_FAILURES = 30

/** Posts one text until the gateway takes it: after a 429 or a failure again, pausing longer each time; a 410 ends it. */
export async function postUntilTaken(
  options: PostingOptions,
  text: string,
  signal: AbortSignal,
): Promise<Posted> {
  const { post, connectionId, clock, random } = options
  let failures = 0
  while (!signal.aborted) {
    const outcome = await post(connectionId, text)
    const isGoneYet = clock.monotonic() >= options.handshakeUntilMs
    const next = judge(outcome, { failures, random: random(), isGoneYet })
    if (next.kind === 'done') return next.posted
    if (outcome !== 'fenced') failures += 1
    await sleep(clock, next.ms, signal)
  }
  return 'stopped'
}

interface Circumstances {
  readonly failures: number
  readonly random: number
  /** A 410 is to be believed. */
  readonly isGoneYet: boolean
}

function judge(outcome: PostOutcome, { failures, random, isGoneYet }: Circumstances): Next {
  const again: Next = { kind: 'again', ms: pauseMs(failures, random) }
  const gone: Next = { kind: 'done', posted: 'gone' }
  switch (outcome) {
    case 'taken':
    // Never happens to a frame of ours; repeating it would block the connection for ever.
    case 'too-large':
      return { kind: 'done', posted: 'taken' }
    case 'gone':
      return isGoneYet ? gone : again
    case 'slow':
      return again
    case 'failed':
      return failures < MAX_FAILURES ? again : gone
    case 'fenced':
      return { kind: 'again', ms: Math.ceil(FENCED_PAUSE_MS * (0.5 + random / 2)) }
  }
}

/** Half fixed, half chance, doubling: a slow reader is asked again soon, a failing gateway is left alone. */
function pauseMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10))
  return Math.ceil(ceiling * (0.5 + random / 2))
}
