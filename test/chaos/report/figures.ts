import type { Spread } from '../check/figures.ts'
import type { FaultKind } from '../plan/fault.ts'
import type { ProfileName } from '../plan/profiles.ts'
import type { Run } from './report.ts'

/** One number of a run and what it should be. */
export interface Figure {
  readonly name: string
  readonly value: number
  /** With its unit. */
  readonly text: string
  /** Absent: it has none. */
  readonly target?: string
  readonly reached?: boolean
}

/** The name of the figure that tells of sessions which went on, but not where they stood. */
export const STREAMS = 'XMPP streams not resumed'

interface Target {
  readonly is: 'at most' | 'at least'
  readonly limit: number
}

/** What the profiles are measured by. */
interface Targets {
  readonly around?: Partial<Record<FaultKind, number>>
  /** XMPP streams that ended for good though no fault took them. */
  readonly streams?: true
  /** Sockets that end though no fault took them. */
  readonly drops?: true
  readonly resumed?: number
  readonly returnP99Ms?: number
  readonly returnMaxMs?: number
  readonly cost?: { readonly writes: number; readonly frames: number }
}

const targets: Record<ProfileName, Targets> = {
  kills: { around: { kill: 8000 }, drops: true, streams: true },
  drains: { around: { drain: 1000 }, drops: true, streams: true },
  pauses: { drops: true, streams: true },
  cuts: { resumed: 0.999, returnP99Ms: 1500 },
  frames: { around: { frames: 2500 }, drops: true },
  herd: { resumed: 0.999, returnMaxMs: 60_000 },
  restarts: { drops: true },
  reloads: {},
  sleep: { streams: true },
  cost: { cost: { writes: 0.1, frames: 1.3 } },
  mixed: {},
}

/** All figures of a run, those of its profile with their targets. */
export function judge(run: Run): readonly Figure[] {
  const { options, verdict } = run
  const aims = targets[options.profile]
  const { counts, latency, returns, drops } = verdict
  const resumed = returns.count === 0 ? undefined : returns.resumed / returns.count
  return [
    plain('messages sent', counts.sent),
    plain('acknowledged', counts.acknowledged),
    plain('shown', counts.delivered),
    plain('failed, and told so', counts.failed),
    plain('unsure, and told so', counts.unsure),
    plain('gaps announced', counts.gaps),
    plain('lost by the XMPP server itself', counts.lostByServer),
    ...spread('delivery', latency),
    ...Object.entries(verdict.around).flatMap(([kind, of]) =>
      spread(`delivery around ${kind}`, of, aims.around?.[kind as FaultKind]),
    ),
    plain('sockets lost', drops.count),
    figure('sockets lost that no fault took', drops.unasked, '', aims.drops && { is: 'at most', limit: 0 }),
    figure(STREAMS, verdict.streams, '', aims.streams && { is: 'at most', limit: 0 }),
    plain('returns to a session', returns.count),
    ...(resumed === undefined ? [] : [share('of them resumed', resumed, aims.resumed)]),
    ...returnTimes(returns.gap, aims),
    ...costs(run, aims),
  ]
}

function spread(name: string, of: Spread | undefined, p99Ms?: number): Figure[] {
  if (of === undefined) return []
  return [
    figure(`${name}, median`, of.p50Ms, ' ms'),
    figure(
      `${name}, p99`,
      of.p99Ms,
      ' ms',
      p99Ms === undefined ? undefined : { is: 'at most', limit: p99Ms },
    ),
    figure(`${name}, longest`, of.maxMs, ' ms'),
  ]
}

function returnTimes(gap: Spread | undefined, { returnP99Ms, returnMaxMs }: Targets): Figure[] {
  if (gap === undefined) return []
  const most = (limit: number | undefined): Target | undefined =>
    limit === undefined ? undefined : { is: 'at most', limit }
  return [
    figure('from loss to JOIN_SUCCESS, p99', gap.p99Ms, ' ms', most(returnP99Ms)),
    figure('from loss to JOIN_SUCCESS, longest', gap.maxMs, ' ms', most(returnMaxMs)),
  ]
}

/** For each message and way: up to the bridge, or down from it. */
function costs({ verdict, storeWrites, options, beganAt, endedAt }: Run, { cost }: Targets): Figure[] {
  const { sent, delivered, traffic } = verdict.counts
  const carried = sent + delivered + traffic.outside
  if (carried === 0) return []
  const minutes = (endedAt - beganAt) / 60_000
  const most = (limit: number | undefined): Target | undefined =>
    limit === undefined ? undefined : { is: 'at most', limit }
  return [
    figure('DynamoDB writes for leases, a minute', storeWrites.leases / minutes, ''),
    figure('other DynamoDB writes, a user and minute', storeWrites.others / options.users / minutes, ''),
    figure('other DynamoDB writes, a message and way', storeWrites.others / carried, '', most(cost?.writes)),
    figure(
      'WebSocket messages, a user and minute',
      (traffic.up + traffic.down) / options.users / minutes,
      '',
    ),
    figure(
      'WebSocket messages, a message and way',
      (traffic.up + traffic.down) / carried,
      '',
      most(cost?.frames),
    ),
  ]
}

function plain(name: string, value: number): Figure {
  return figure(name, value, '')
}

function share(name: string, value: number, least: number | undefined): Figure {
  const aim = least === undefined ? {} : { target: `≥ ${least * 100} %`, reached: value >= least }
  return { name, value, text: `${(value * 100).toFixed(2)} %`, ...aim }
}

function figure(name: string, value: number, unit: string, target?: Target): Figure {
  const text = `${Number(value.toPrecision(3))}${unit}`
  if (target === undefined) return { name, value, text }
  const { is, limit } = target
  const reached = is === 'at most' ? value <= limit : value >= limit
  return { name, value, text, target: `${is === 'at most' ? '≤' : '≥'} ${limit}${unit}`, reached }
}
