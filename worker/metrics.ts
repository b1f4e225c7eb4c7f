import { sleep, type Clock } from '../shared/clock.ts'
import { EmfMeter } from '../shared/emf/emf-meter.ts'
import { noMeter, type Meter } from '../shared/metrics.ts'
import type { Identity } from './identity.ts'
import type { WorkerSettings } from './settings.ts'

/** How things stand with a worker. */
export interface Vitals {
  readonly sessions: number
  readonly sockets: number
  readonly ready: boolean
}

export interface WorkerMetrics {
  readonly meter: Meter
  /** From now on writes once a minute what was measured, and the vitals; until the signal aborts, and then once more. */
  readonly report: (vitals: () => Vitals, signal: AbortSignal) => void
}

const MINUTE_MS = 60_000

/** What this worker measures; nothing at all without the setting METRICS. */
export function makeMetrics(
  settings: Pick<WorkerSettings, 'METRICS' | 'METRICS_SERVICE'>,
  { workerId }: Pick<Identity, 'workerId'>,
  clock: Clock,
  write: (line: string) => void,
): WorkerMetrics {
  if (settings.METRICS === '0') return { meter: noMeter, report: () => undefined }
  const meter = new EmfMeter({ service: settings.METRICS_SERVICE, about: { workerId }, clock, write })
  return { meter, report: (vitals, signal) => void reportEveryMinute(meter, clock, vitals, signal) }
}

async function reportEveryMinute(
  meter: EmfMeter,
  clock: Clock,
  vitals: () => Vitals,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(clock, untilNextSampleMs(clock.now()), signal)
    if (signal.aborted) return meter.flush()
    const { sessions, sockets, ready } = vitals()
    meter.gauge('Sessions', sessions)
    meter.gauge('Sockets', sockets)
    meter.gauge('ReadyWorkers', ready ? 1 : 0)
    meter.flush()
  }
}

/**
 * To the middle of the next minute. So each minute of CloudWatch has just one sample of each worker, be a timer early or
 * late, and their sum over a minute is the fleet.
 */
function untilNextSampleMs(nowMs: number): number {
  return 1.5 * MINUTE_MS - (nowMs % MINUTE_MS)
}
