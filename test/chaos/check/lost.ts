import { isOf, type Entry } from '../history/entry.ts'
import type { Message } from './messages.ts'
import type { Violation } from './violation.ts'

/**
 * Acknowledged and never shown. When the recipient was told of a gap in this conversation after the message was sent, or
 * the sender in the end that it failed, that is no violation: it is counted as `announced`. What the XMPP server took and
 * lost by itself is none either: it is counted as `byServer`. Each new stream begins with a gap for what no archive has; that is
 * no text, since these servers archive all: so `not-in-archive` announces nothing.
 */
export function findLost(
  history: readonly Entry[],
  messages: readonly Message[],
  lostByServer: ReadonlySet<string>,
): { violations: Violation[]; announced: number; byServer: number } {
  const gaps = Map.groupBy(history.filter(isOf('gap')), gap => gap.client)
  const missing = messages.filter(
    message => message.acknowledgedAt !== undefined && message.displays.length === 0,
  )
  const isAnnounced = ({ to, from, sent, state }: Message) =>
    state === 'failed' ||
    (gaps.get(to) ?? []).some(
      ({ at, reason, with: person }) =>
        reason !== 'not-in-archive' && at >= sent.at && (person === undefined || isOfPerson(person, from)),
    )
  const silent = missing.filter(message => !isAnnounced(message))
  const lost = silent.filter(({ key }) => !lostByServer.has(key))
  return {
    violations: lost.map(lostMessage),
    announced: missing.length - silent.length,
    byServer: silent.length - lost.length,
  }
}

/** What was handed to the client and has no end: neither acknowledged nor refused nor unsure. */
export function findForgotten(history: readonly Entry[], messages: readonly Message[]): Violation[] {
  const unsaved = new Set(history.filter(isOf('life')).flatMap(life => life.unsaved))
  return messages
    .filter(({ state, key }) => (state === undefined || state === 'queued') && !unsaved.has(key))
    .map(({ key, from, sent }) => ({
      rule: 'forgotten',
      client: from,
      key,
      at: sent.at,
      what: `${key} was sent and nobody ever said what became of it`,
    }))
}

function lostMessage({ key, to, sent, acknowledgedAt }: Message): Violation {
  const what = `${key} was acknowledged and ${to} never saw it`
  return { rule: 'lost', client: to, key, at: acknowledgedAt ?? sent.at, what }
}

function isOfPerson(jid: string, name: string): boolean {
  return jid === name || jid.startsWith(`${name}@`)
}
