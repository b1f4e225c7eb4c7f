import { isOf, type Entry, type EntryOf } from '../history/entry.ts'
import { readKey } from '../history/key.ts'
import type { Message } from './messages.ts'
import type { Violation } from './violation.ts'

/**
 * Shown more than once by one client. A client that was killed before it could keep what it had just shown loses that with
 * its page; the next one may show it again.
 */
export function findDoubled(history: readonly Entry[]): Violation[] {
  const shown = new Map<string, Set<string>>()
  const violations: Violation[] = []
  for (const line of history) {
    const ofClient = shown.get(line.client) ?? new Set()
    shown.set(line.client, ofClient)
    if (line.kind === 'life') for (const key of line.unsaved) ofClient.delete(key)
    if (line.kind !== 'display') continue
    if (ofClient.has(line.key)) violations.push(doubled(line))
    ofClient.add(line.key)
  }
  return violations
}

/** Shown, but never sent, or sent to somebody else. */
export function findInvented(history: readonly Entry[]): Violation[] {
  const sent = new Map(history.filter(isOf('send')).map(line => [line.key, line.to]))
  return history
    .filter(isOf('display'))
    .filter(line => sent.get(line.key) !== line.client)
    .map(line => ({
      rule: 'invented',
      client: line.client,
      key: line.key,
      at: line.at,
      what: `${line.client} saw ${line.key}, which nobody sent there`,
    }))
}

/** Shown otherwise than it was sent. */
export function findDamaged(history: readonly Entry[]): Violation[] {
  return history
    .filter(isOf('display'))
    .filter(line => line.damaged === true)
    .map(({ client, key, at }) => ({
      rule: 'damaged',
      client,
      key,
      at,
      what: `${client} saw a damaged ${key}`,
    }))
}

/**
 * Shown after one that was sent later by the same user in the same session. Two sessions of one sender have no order
 * between them.
 */
export function findReordered(history: readonly Entry[], messages: readonly Message[]): Violation[] {
  const sessions = new Map(messages.map(({ key, sent }) => [key, sent.session]))
  const highest = new Map<string, number>()
  const violations: Violation[] = []
  for (const line of firstDisplays(history)) {
    const read = readKey(line.key)
    if (read === undefined || !sessions.has(line.key)) continue
    const way = `${line.client}<${read.from}/${sessions.get(line.key) ?? ''}`
    const before = highest.get(way) ?? 0
    if (read.number < before) violations.push(reordered(line, before))
    highest.set(way, Math.max(before, read.number))
  }
  return violations
}

/** A repeated display is a violation of its own and says nothing about order. */
function firstDisplays(history: readonly Entry[]): EntryOf<'display'>[] {
  const seen = new Set<string>()
  return history.filter(isOf('display')).filter(({ client, key }) => {
    const id = `${client} ${key}`
    return !seen.has(id) && seen.add(id)
  })
}

function doubled({ client, key, at }: EntryOf<'display'>): Violation {
  return { rule: 'doubled', client, key, at, what: `${client} saw ${key} again` }
}

function reordered({ client, key, at }: EntryOf<'display'>, before: number): Violation {
  return { rule: 'reordered', client, key, at, what: `${client} saw ${key} after number ${before}` }
}
