import type { Clock } from '../shared/clock.ts'
import type { Values } from '../shared/config.ts'
import { EmfMeter } from '../shared/emf/emf-meter.ts'
import type { Handoff } from '../shared/handoff/client.ts'
import { noMeter, type Meter } from '../shared/metrics.ts'

/** A meter that writes when an invoke ends, if at all: between invokes a function is frozen and has no time of its own. */
export interface InvokeMeter extends Meter {
  /** The invoke ends. */
  settle(): void
}

/**
 * A line for each invoke would cost as much as the invoke. What is held back when an idle function is taken away is lost, which
 * a sample of times can bear; an alarm cannot, so an error is written at once.
 */
const WRITE_EVERY_MS = 10_000

/** What the functions of this process measure; nothing without the setting METRICS. */
export function makeInvokeMeter(
  settings: Values<'METRICS' | 'METRICS_SERVICE'>,
  clock: Clock,
  write: (line: string) => void,
): InvokeMeter {
  if (settings.METRICS === '0') return { ...noMeter, settle: () => undefined }
  const meter = new EmfMeter({ service: settings.METRICS_SERVICE, about: {}, clock, write })
  let dueMs = 0
  return {
    count: (name, n, ...label) => {
      if (name === 'HandoffErrors') dueMs = 0
      meter.count(name, n, ...label)
    },
    time: meter.time,
    gauge: meter.gauge,
    settle: () => {
      if (clock.now() < dueMs) return
      dueMs = clock.now() + WRITE_EVERY_MS
      meter.flush()
    },
  }
}

/** The route, and the end of its invoke for the meter, whether it answers or throws. */
export function settling<Answer>(
  meter: Pick<InvokeMeter, 'settle'>,
  route: (event: unknown) => Promise<Answer>,
): (event: unknown) => Promise<Answer> {
  return async event => {
    try {
      return await route(event)
    } finally {
      meter.settle()
    }
  }
}

/** Takes the time of each call, and counts those that a worker did not answer or could not take. */
export function meteredHandoff(handoff: Handoff, meter: Meter, clock: Clock): Handoff {
  const metered = async <O extends Outcome>(call: keyof Handoff, outcome: Promise<O>): Promise<O> => {
    const startedMs = clock.monotonic()
    const settled = await outcome
    meter.time('HandoffMs', Math.round(clock.monotonic() - startedMs), call)
    const code = errorCode(settled)
    if (code !== undefined) meter.count('HandoffErrors', 1, code)
    return settled
  }
  return {
    open: (...args) => metered('open', handoff.open(...args)),
    attach: (...args) => metered('attach', handoff.attach(...args)),
    frames: (...args) => metered('frames', handoff.frames(...args)),
    socketGone: (...args) => metered('socketGone', handoff.socketGone(...args)),
    evict: (...args) => metered('evict', handoff.evict(...args)),
    claim: (...args) => metered('claim', handoff.claim(...args)),
    push: (...args) => metered('push', handoff.push(...args)),
  }
}

interface Outcome {
  readonly kind: string
  readonly code?: string
}

/** A worker that names another, or is to be asked again soon, has answered. */
function errorCode({ kind, code = kind }: Outcome): string | undefined {
  return ['unreachable', 'unanswered', 'busy'].includes(kind) ? code : undefined
}
