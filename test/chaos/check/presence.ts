import { isOf, type Entry, type EntryOf } from '../history/entry.ts'
import type { Strike } from '../history/strikes.ts'
import type { Violation } from './violation.ts'

/** Presence has no acknowledgement: what is set while something fails may be lost on its way up. */
const UNDISTURBED_MS = 10_000

type Shown = EntryOf<'presence-shown'>
type Set = EntryOf<'presence-set'>

/**
 * A contact must not be shown as it was before something newer had been shown. And at the end it must be shown as it last
 * said it is, or as `unknown`, when nothing failed around the time it said so. A pair is judged once the one has seen a
 * status of the other: else the subscription may never have come about.
 */
export function findWrongPresence(history: readonly Entry[], strikes: readonly Strike[]): Violation[] {
  const sets = Map.groupBy(history.filter(isOf('presence-set')), line => line.client)
  const pairs = Map.groupBy(history.filter(isOf('presence-shown')), line => `${line.client} ${line.of}`)
  return [...pairs.values()].flatMap(shown => {
    const ofContact = sets.get(shown[0]?.of ?? '') ?? []
    return [...goneBack(shown, ofContact), ...outdated(shown, ofContact, strikes)]
  })
}

function goneBack(shown: readonly Shown[], sets: readonly Set[]): Violation[] {
  let newest = -1
  return shown.flatMap(line => {
    const at = sets.findIndex(({ status }) => status === line.status)
    if (at === -1) return []
    const before = newest
    newest = Math.max(newest, at)
    return at < before ? [wrong(line, `after "${sets[before]?.status ?? ''}" had been shown`)] : []
  })
}

function outdated(shown: readonly Shown[], sets: readonly Set[], strikes: readonly Strike[]): Violation[] {
  const last = sets.at(-1)
  const end = shown.findLast(line => line.last)
  if (last === undefined || end === undefined || !shown.some(line => line.status !== undefined)) return []
  const disturbed = strikes.some(
    ({ beginAt, endAt }) => beginAt <= last.at + UNDISTURBED_MS && endAt >= last.at - UNDISTURBED_MS,
  )
  const right = end.show === 'unknown' || end.status === last.status
  return right || disturbed ? [] : [wrong(end, `at the end; it set "${last.status}"`)]
}

function wrong({ client, of, show, status, at }: Shown, when: string): Violation {
  const what = `${client} shows ${of} as ${show}${status === undefined ? '' : ` "${status}"`} ${when}`
  return { rule: 'presence', client, at, what }
}
