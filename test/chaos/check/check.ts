import { isOf, type Entry } from '../history/entry.ts'
import type { SessionWrite } from '../history/session-write.ts'
import type { Strike } from '../history/strikes.ts'
import {
  busiestSecondOf,
  deliveriesOf,
  dropsOf,
  gapsAround,
  newStreamsOf,
  returnsOf,
  spreadOf,
} from './figures.ts'
import { findForgotten, findLost } from './lost.ts'
import { messagesOf, type Message } from './messages.ts'
import { findWrongPresence } from './presence.ts'
import { findDamaged, findDoubled, findInvented, findReordered } from './shown.ts'
import { judgeSessionWrites } from './stale-write.ts'
import { findStale } from './stale.ts'
import { storyOf } from './story.ts'
import type { Violation } from './violation.ts'

export type Verdict = ReturnType<typeof check>

/**
 * Judges a run by its histories, in order of time. They must end after a quiet period in which every client was online
 * and had caught up: what is not shown by then counts as never shown. `lostByServer`: the messages that are known to have
 * got no further than the XMPP server. `sessionWrites`: in the order of the store.
 */
export function check(
  history: readonly Entry[],
  strikes: readonly Strike[],
  lostByServer: ReadonlySet<string> = new Set(),
  sessionWrites: readonly SessionWrite[] = [],
) {
  const messages = messagesOf(history)
  const lost = findLost(history, messages, lostByServer)
  const written = judgeSessionWrites(sessionWrites)
  const deliveries = deliveriesOf(messages)
  const violations: readonly Violation[] = [
    ...lost.violations,
    ...findDoubled(history),
    ...findReordered(history, messages),
    ...findStale(history),
    ...written.violations,
    ...findForgotten(history, messages),
    ...findInvented(history),
    ...findDamaged(history),
    ...findWrongPresence(history, strikes),
  ].toSorted((a, b) => a.at - b.at)
  const [first] = violations
  return {
    violations,
    /** Of the first violation: what comes after it is often its consequence. */
    story: first === undefined ? [] : storyOf(history, first),
    counts: {
      ...count(messages),
      exact: countExact(messages, violations),
      displays: history.filter(isOf('display')).length,
      gaps: history.filter(isOf('gap')).length,
      announcedMissing: lost.announced,
      lostByServer: lost.byServer,
      staleWritesRefused: written.refused,
      traffic: trafficOf(history),
    },
    latency: spreadOf(deliveries.map(({ latencyMs }) => latencyMs)),
    around: gapsAround(strikes, deliveries),
    returns: returnsOf(history),
    drops: dropsOf(history, strikes),
    dialledInASecond: busiestSecondOf(history),
    streams: newStreamsOf(history),
    deliveries,
  }
}

function count(messages: readonly Message[]) {
  const inState = (state: string) => messages.filter(message => message.state === state).length
  return {
    sent: messages.length,
    acknowledged: messages.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined).length,
    delivered: messages.filter(({ displays }) => displays.length > 0).length,
    failed: inState('failed'),
    /** Told as failed, and shown all the same: who sends such a one again doubles it. */
    failedShown: messages.filter(({ state, displays }) => state === 'failed' && displays.length > 0).length,
    unsure: messages.filter(({ everUnsure }) => everUnsure).length,
    /** Called unsure, and shown all the same: to ask the user was more careful than needed. */
    unsureShown: messages.filter(({ everUnsure, displays }) => everUnsure && displays.length > 0).length,
  }
}

/** Those that were shown once and in their turn. */
function countExact(messages: readonly Message[], violations: readonly Violation[]): number {
  const overtaken = new Set(violations.filter(({ rule }) => rule === 'reordered').map(({ key }) => key))
  return messages.filter(({ key, displays }) => displays.length === 1 && !overtaken.has(key)).length
}

function trafficOf(history: readonly Entry[]) {
  const lines = history.filter(isOf('traffic'))
  return {
    up: lines.reduce((sum, { up }) => sum + up, 0),
    down: lines.reduce((sum, { down }) => sum + down, 0),
    outside: lines.reduce((sum, { outside }) => sum + outside, 0),
  }
}
