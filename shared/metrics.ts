/**
 * What is measured, each metric once: emitters, dashboard and alarms take it from here. Metrics cost by the name and the
 * month, so there are few, and none has a dimension that grows with use.
 */

export const NAMESPACE = 'Stanzagate'

/** The dimension that every metric has, and by which two deployments in one account are told apart. */
export const SERVICE_DIMENSION = 'service'

/** count: how often in a minute · time: how long, each time · gauge: how much there is, once a minute for each worker. */
type Kind = 'count' | 'time' | 'gauge'

interface Definition {
  readonly kind: Kind
  /** A further dimension; the metric is also there without it. */
  readonly by?: string
  readonly doc: string
}

export const metrics = {
  Sessions: {
    kind: 'gauge',
    doc: 'Sessions that a worker holds; the average is what the service scales by.',
  },
  Sockets: { kind: 'gauge', doc: 'Sockets of those sessions.' },
  ReadyWorkers: {
    kind: 'gauge',
    doc: '1 for each worker that may be given sessions, 0 for one that drains.',
  },
  Pushes: {
    kind: 'count',
    doc: 'Posts that the gateway took: a frame to a simple client, a batch to another.',
  },
  FramesPushed: { kind: 'count', doc: 'Frames in those posts.' },
  PushesSlowed: { kind: 'count', doc: 'Posts answered with 429; they are repeated.' },
  PushFailures: { kind: 'count', doc: 'Posts that failed otherwise than by a socket that is gone.' },
  Logins: { kind: 'count', doc: 'Logins at the XMPP server, first ones and those that go on.' },
  LoginFailures: { kind: 'count', by: 'code', doc: 'Logins that were refused or failed.' },
  StreamsNotResumed: { kind: 'count', doc: 'Logins after a lost stream that had to begin a new one.' },
  TakeOvers: { kind: 'count', doc: 'Sessions taken from a worker that had died.' },
  HandOvers: { kind: 'count', doc: 'Sessions given by a worker that was told to stop, or held more.' },
  Gaps: { kind: 'count', by: 'code', doc: 'GAP frames: messages that a client was told it may miss.' },
  HandoffMs: { kind: 'time', by: 'call', doc: 'How long a function waited for a worker.' },
  HandoffErrors: { kind: 'count', by: 'code', doc: 'Calls that a worker did not answer, or could not take.' },
  Refusals: { kind: 'count', by: 'code', doc: 'Handshakes and frames that functions refused.' },
} as const satisfies Record<string, Definition>

export type MetricName = keyof typeof metrics
type Of<K extends Kind> = {
  [N in MetricName]: (typeof metrics)[N]['kind'] extends K ? N : never
}[MetricName]
type Label<N extends MetricName> = (typeof metrics)[N] extends { readonly by: string } ? [label: string] : []

/** Where measuring code says what happened. No method throws, waits or writes: what is kept is written later. */
export interface Meter {
  /** It happened `n` times more; `label` is one of few. */
  count<N extends Of<'count'>>(name: N, n: number, ...label: Label<N>): void
  time<N extends Of<'time'>>(name: N, ms: number, ...label: Label<N>): void
  gauge(name: Of<'gauge'>, value: number): void
}

/** Measures nothing. */
export const noMeter: Meter = { count: () => undefined, time: () => undefined, gauge: () => undefined }

/** The dimension beside the service; undefined when there is none. */
export function dimensionOf(name: MetricName): string | undefined {
  const metric: Definition = metrics[name]
  return metric.by
}

/** As CloudWatch calls it. */
export function unitOf(name: MetricName): 'Count' | 'Milliseconds' {
  return metrics[name].kind === 'time' ? 'Milliseconds' : 'Count'
}
