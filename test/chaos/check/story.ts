import type { Entry } from '../history/entry.ts'
import type { Violation } from './violation.ts'

/** What happens to a message happens around its sending and around each time it is seen. */
const AROUND_MS = 12_000
/** As much as a person reads, and as a log of a continuous integration keeps. */
const MAX_LINES = 60
/** What a broken rule is seldom about; there is much of it. */
const ASIDE: ReadonlySet<Entry['kind']> = new Set(['presence-set', 'presence-shown', 'traffic'])

/**
 * What the histories tell of one broken rule: all about its message, and what its sender and its recipient went through
 * at that time. One line each, oldest first, in seconds before and after the violation.
 */
export function storyOf(history: readonly Entry[], violation: Violation): readonly string[] {
  const { key, at } = violation
  const about = history.filter(entry => key !== undefined && isAbout(entry, key))
  const people = new Set([violation.client, ...about.map(({ client }) => client)])
  const moments = [at, ...about.map(entry => entry.at)]
  const isNear = (entry: Entry) => moments.some(moment => Math.abs(entry.at - moment) <= AROUND_MS)
  const aside = history.filter(entry => people.has(entry.client) && isPlot(entry, violation) && isNear(entry))
  const told = [...new Set([...about, ...aside])].toSorted((a, b) => a.at - b.at)
  return told.slice(0, MAX_LINES).map(entry => lineOf(entry, at))
}

function isAbout(entry: Entry, key: string): boolean {
  if ('key' in entry) return entry.key === key
  return entry.kind === 'batch' && entry.keys.includes(key)
}

/** Whether the line is part of what a client went through, and not of another message. */
function isPlot(entry: Entry, { rule }: Violation): boolean {
  if ('key' in entry || entry.kind === 'batch') return false
  return rule === 'presence' || !ASIDE.has(entry.kind)
}

function lineOf({ at, wall, client, kind, ...rest }: Entry, violationAt: number): string {
  const seconds = ((at - violationAt) / 1000).toFixed(2).padStart(8)
  const clockTime = new Date(wall).toISOString().slice(11, 23)
  return `${seconds} s  ${clockTime}  ${client.padEnd(4)} ${kind} ${JSON.stringify(rest)}`
}
