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
  /** It counts what must not happen, so to miss it is to fail; times, sizes and costs also say something of the machine. */
  readonly binds?: true
}

/** The name of the figure that tells of sessions which went on, but not where they stood. */
export const STREAMS = 'XMPP streams not resumed'

interface Target {
  readonly is: 'at most' | 'at least'
  readonly limit: number
}

/** What the profiles are measured by; a number is the most that may be, but of `resumed`, which is the least share. */
interface Targets {
  readonly around?: Partial<Record<FaultKind, number>>
  /** Every message that was sent, also to somebody who sleeps. */
  readonly exact?: true
  /** Messages that are given back to their senders. */
  readonly failed?: number
  /** Messages that were acknowledged and never shown, though somebody was told. */
  readonly missing?: number
  /** XMPP streams that ended for good though no fault took them. */
  readonly streams?: number
  /** Sockets that end though no fault took them. */
  readonly drops?: number
  /** Sessions that had to be joined again. */
  readonly returns?: number
  readonly dialledInASecond?: number
  readonly resumed?: number
  readonly returnP99Ms?: number
  readonly returnMaxMs?: number
  readonly heldMb?: number
  readonly cost?: { readonly writes: number; readonly frames: number }
}

const targets: Record<ProfileName, Targets> = {
  kills: { around: { kill: 10_000 }, missing: 0, drops: 0, streams: 0 },
  drains: { around: { drain: 1000 }, missing: 0, drops: 0, streams: 0, returns: 0 },
  pauses: { missing: 0, drops: 0, streams: 0 },
  cuts: { missing: 0, resumed: 0.999, returnP99Ms: 1500 },
  frames: { around: { frames: 2500 }, missing: 0, drops: 0, exact: true },
  // API Gateway opens 500 connections a second for an account and Region ("Amazon API Gateway quotas").
  herd: { missing: 0, resumed: 0.999, returnMaxMs: 60_000, dialledInASecond: 500 },
  restarts: { drops: 0 },
  reloads: {},
  services: { missing: 0, drops: 0, streams: 0 },
  night: { exact: true, failed: 0, missing: 0, heldMb: 2 },
  sleep: { streams: 0, exact: true, failed: 0, heldMb: 2 },
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
    { ...figure('shown once and in order', counts.exact, '', aims.exact && all(counts.sent)), binds: true },
    count('failed, and told so', counts.failed, aims.failed),
    plain('unsure, and told so', counts.unsure),
    plain('gaps announced', counts.gaps),
    count('acknowledged and missing, and told so', counts.announcedMissing, aims.missing),
    plain('lost by the XMPP server itself', counts.lostByServer),
    count('effects of a stale owner', staleEffects(run), 0),
    plain('writes of a stale owner, refused', counts.staleWritesRefused),
    ...spread('delivery', latency),
    ...Object.entries(verdict.around).flatMap(([kind, of]) =>
      spread(`delivery around ${kind}`, of, aims.around?.[kind as FaultKind]),
    ),
    plain('sockets lost', drops.count),
    count('sockets lost that no fault took', drops.unasked, aims.drops),
    count(STREAMS, verdict.streams, aims.streams),
    count('returns to a session', returns.count, aims.returns),
    ...(resumed === undefined ? [] : [share('of them resumed', resumed, aims.resumed)]),
    ...returnTimes(returns.gap, aims),
    figure('connects in the busiest second', verdict.dialledInASecond, '', most(aims.dialledInASecond)),
    ...held(run, aims),
    ...costs(run, aims),
    count('faults that could not be made', run.strikes.filter(({ failed }) => failed).length, 0),
  ]
}

/** At its client, or at the store. */
function staleEffects({ verdict }: Run): number {
  return verdict.violations.filter(({ rule }) => rule === 'stale' || rule === 'stale-write').length
}

function spread(name: string, of: Spread | undefined, p99Ms?: number): Figure[] {
  if (of === undefined) return []
  return [
    figure(`${name}, median`, of.p50Ms, ' ms'),
    figure(`${name}, p99`, of.p99Ms, ' ms', most(p99Ms)),
    figure(`${name}, longest`, of.maxMs, ' ms'),
  ]
}

function returnTimes(gap: Spread | undefined, { returnP99Ms, returnMaxMs }: Targets): Figure[] {
  if (gap === undefined) return []
  return [
    figure('from loss to JOIN_SUCCESS, p99', gap.p99Ms, ' ms', most(returnP99Ms)),
    figure('from loss to JOIN_SUCCESS, longest', gap.maxMs, ' ms', most(returnMaxMs)),
  ]
}

const MB = 1024 * 1024

function held({ heap }: Run, { heldMb }: Targets): Figure[] {
  if (heap?.grownBytes === undefined || heap.heldBytes === undefined) return []
  return [
    figure('worker heap that grew while they slept', heap.grownBytes / MB, ' MB'),
    figure('worker heap for those who slept', heap.heldBytes / MB, ' MB', most(heldMb)),
  ]
}

/** For each message and way: up to the bridge, or down from it. */
function costs({ verdict, storeWrites, options, beganAt, endedAt }: Run, { cost }: Targets): Figure[] {
  const { sent, delivered, traffic } = verdict.counts
  const carried = sent + delivered + traffic.outside
  if (carried === 0) return []
  const minutes = (endedAt - beganAt) / 60_000
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

function most(limit: number | undefined): Target | undefined {
  return limit === undefined ? undefined : { is: 'at most', limit }
}

function all(limit: number): Target {
  return { is: 'at least', limit }
}

function count(name: string, value: number, limit: number | undefined): Figure {
  return { ...figure(name, value, '', most(limit)), binds: true }
}

function plain(name: string, value: number): Figure {
  return figure(name, value, '')
}

function share(name: string, value: number, least: number | undefined): Figure {
  const aim = least === undefined ? {} : { target: `≥ ${least * 100} %`, reached: value >= least }
  return { name, value, text: `${(value * 100).toFixed(2)} %`, ...aim }
}

function figure(name: string, value: number, unit: string, target?: Target): Figure {
  const text = `${Number.isInteger(value) ? value : Number(value.toPrecision(3))}${unit}`
  if (target === undefined) return { name, value, text }
  const { is, limit } = target
  const reached = is === 'at most' ? value <= limit : value >= limit
  return { name, value, text, target: `${is === 'at most' ? '≤' : '≥'} ${limit}${unit}`, reached }
}
