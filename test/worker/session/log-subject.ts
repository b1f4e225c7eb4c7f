import type { DownFrame } from '../../../shared/wire/down.ts'
import { DownLog } from '../../../worker/session/down-log.ts'
import { isPlace } from '../../../worker/session/log-entry.ts'

export const LIMITS = { items: 4, bytes: 100_000, oldestMs: 30_000, maxContentBytes: 8192 }
export const ATTACHED = true
export const DETACHED = false
export const NOTHING = { hole: 0, lost: 0 }

export function message(content: string, mid?: string): DownFrame {
  const timestamp = '2026-01-01T00:00:00.000Z'
  return { messageType: 'NEW_MESSAGE', from: 'jose', to: 'sergio', content, timestamp, ...(mid && { mid }) }
}

export const archived = (content: string) => message(content, `mid-${content}`)
export const tick = (id: string): DownFrame => ({ messageType: 'STATE', id, state: 'delivered' })

export function makeLog(archive = true): DownLog {
  return new DownLog(LIMITS, () => archive)
}

/** A log that got one stanza for each list of events, from 1 on. */
export function logOf(stanzas: readonly (readonly DownFrame[])[], archive = true): DownLog {
  const log = makeLog(archive)
  stanzas.forEach((events, index) => log.add(index + 1, events, 0))
  return log
}

const kept = (log: DownLog, behind = 0) => log.after(behind).filter(entry => !isPlace(entry))
export const seqs = (log: DownLog, behind = 0) => kept(log, behind).map(({ seq }) => seq)
export const itemsOf = (log: DownLog) => log.after(0).flatMap(({ items }) => items)
export const jsonOf = (log: DownLog) => itemsOf(log).map(({ text }) => JSON.parse(text) as unknown)
