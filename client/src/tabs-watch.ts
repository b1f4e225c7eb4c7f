import type { Clock } from '../../shared/clock.ts'
import { TAB_PINGS_BEFORE_STEALING, TAB_PING_MS, TAB_PING_SPREAD_MS } from './limits.ts'

export interface WatchEvents {
  ping(): void
  /** Nothing was heard for a while; when the leader will be given up, on the wall clock. */
  silent(untilMs: number): void
  /** The leader is frozen or stuck. */
  steal(): void
}

export interface SilenceWatch {
  /** The leader was heard, or it is time to begin. */
  heard(): void
  stop(): void
}

/**
 * Tells when the leading tab has fallen silent. It counts questions without an answer, not time: timers of a hidden tab
 * come late or all at once, and a tab that was itself asleep must not blame the leader.
 */
export function watchSilence(clock: Clock, random: () => number, events: WatchEvents): SilenceWatch {
  let unanswered = 0
  let cancel: (() => void) | undefined
  const wait = () => {
    cancel = clock.after(TAB_PING_MS + random() * TAB_PING_SPREAD_MS, onDue)
  }
  const stop = () => {
    cancel?.()
    unanswered = 0
  }
  const heard = () => {
    stop()
    wait()
  }
  const onDue = () => {
    if (unanswered === TAB_PINGS_BEFORE_STEALING) {
      heard()
      return events.steal()
    }
    if (unanswered > 0)
      events.silent(clock.now() + (TAB_PINGS_BEFORE_STEALING + 1 - unanswered) * TAB_PING_MS)
    unanswered += 1
    events.ping()
    wait()
  }
  return { heard, stop }
}
