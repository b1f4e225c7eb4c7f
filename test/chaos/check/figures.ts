import { percentile } from '../../../bench/stats.ts'
import type { Strike } from '../history/strikes.ts'
import { isOf, type Entry } from '../history/entry.ts'
import type { FaultKind } from '../plan/fault.ts'
import type { Message } from './messages.ts'

export interface Spread {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** Undefined of no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  return {
    count: values.length,
    p50Ms: percentile(values, 0.5),
    p99Ms: percentile(values, 0.99),
    maxMs: percentile(values, 1),
  }
}

export interface Delivery {
  /** When it was sent, in milliseconds of the machine's clock. */
  readonly sentAt: number
  readonly latencyMs: number
}

/** From `send` to the first display. */
export function deliveriesOf(messages: readonly Message[]): readonly Delivery[] {
  return messages.flatMap(({ sent, displays: [first] }) =>
    first === undefined ? [] : [{ sentAt: sent.at, latencyMs: first.at - sent.at }],
  )
}

/** A fault shows in what was sent a little before it, and until the bridge is itself again. */
const BEFORE_MS = 1000
const AFTER_MS = 12_000

/** How long messages took that were on their way around a fault, for each kind. */
export function gapsAround(
  strikes: readonly Strike[],
  deliveries: readonly Delivery[],
): Partial<Record<FaultKind, Spread>> {
  const byKind = Map.groupBy(strikes, strike => strike.fault.kind)
  const spreads = [...byKind].flatMap(([kind, of]) => {
    const near = deliveries.filter(({ sentAt }) => of.some(strike => isNear(strike, sentAt)))
    const spread = spreadOf(near.map(({ latencyMs }) => latencyMs))
    return spread === undefined ? [] : [[kind, spread] as const]
  })
  return Object.fromEntries(spreads)
}

function isNear({ beginAt, endAt }: Strike, at: number): boolean {
  return at >= beginAt - BEFORE_MS && at <= endAt + AFTER_MS
}

/** How the clients came back after each first JOIN. */
export function returnsOf(history: readonly Entry[]) {
  const joined = history.filter(isOf('joined'))
  const firsts = new Set<string>()
  const again = joined.filter(({ client }) => firsts.has(client) || !firsts.add(client))
  const resumed = again.filter(line => line.resumed).length
  return { count: again.length, resumed, gap: spreadOf(absencesOf(history)) }
}

/** From the loss of a client's socket to its next JOIN_SUCCESS. */
function absencesOf(history: readonly Entry[]): number[] {
  const goneAt = new Map<string, number>()
  return history.flatMap(line => {
    if (line.kind === 'closed' && !line.byUs && !goneAt.has(line.client)) goneAt.set(line.client, line.at)
    if (line.kind !== 'joined') return []
    const since = goneAt.get(line.client)
    goneAt.delete(line.client)
    return since === undefined ? [] : [line.at - since]
  })
}

/** A quota of connections is for each second ("Amazon API Gateway quotas"). */
const SECOND_MS = 1000

/** How often clients dialled within the busiest second after their first JOIN: signing in is spread by the harness. */
export function busiestSecondOf(history: readonly Entry[]): number {
  const joined = new Set<string>()
  const dialled = history.flatMap(({ kind, client, at }) => {
    if (kind === 'joined') joined.add(client)
    return kind === 'opening' && joined.has(client) ? [at] : []
  })
  let first = 0
  return dialled.reduce((most, at, last) => {
    while (at - (dialled[first] ?? at) >= SECOND_MS) first += 1
    return Math.max(most, last - first + 1)
  }, 0)
}

/** How often a session went on with a new XMPP stream instead of the old one. */
export function newStreamsOf(history: readonly Entry[]): number {
  const streams = new Map<string, { session: string; stream: number }>()
  return history.reduce((count, line) => {
    const before = streams.get(line.client)
    if (line.kind === 'joined') streams.set(line.client, line)
    else if (line.kind !== 'batch' || before === undefined) return count
    else streams.set(line.client, { ...before, stream: Math.max(before.stream, line.stream) })
    const after = streams.get(line.client)
    return before?.session === after?.session && (after?.stream ?? 0) > (before?.stream ?? 0)
      ? count + 1
      : count
  }, 0)
}

/** These faults take sockets away; any other must leave them alone. */
const TAKES_SOCKETS: readonly FaultKind[] = ['cut', 'disconnects', 'freeze', 'reload']
/** From a cut to the end of the socket as its client hears of it. */
const HEARD_WITHIN_MS = 3000

/** Sockets that clients lost, and how many of them no fault had taken. */
export function dropsOf(history: readonly Entry[], strikes: readonly Strike[]) {
  const takers = strikes.filter(({ fault }) => TAKES_SOCKETS.includes(fault.kind))
  const isTaken = (at: number) =>
    takers.some(strike => at >= strike.beginAt && at <= lastTakenAt(strike) + HEARD_WITHIN_MS)
  const lost = history.filter(isOf('closed')).filter(line => !line.byUs)
  return { count: lost.length, unasked: lost.filter(line => !isTaken(line.at)).length }
}

/** What goes on after the cut with which `disconnects` begins takes no socket: a lost or late `$disconnect` has an end behind it. */
function lastTakenAt({ fault, beginAt, endAt }: Strike): number {
  return fault.kind === 'disconnects' ? beginAt : endAt
}
