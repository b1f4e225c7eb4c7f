import { unsentOf } from './snapshot.ts'
import type { TabCall } from './tabs-messages.ts'
import type { Snapshot, Status } from './types.ts'

/** Whether there is a connection, or one is tried for. */
export function isUp({ kind }: Status): boolean {
  return kind !== 'offline' && kind !== 'stopped'
}

/** These are done when the store has them, and are shown until then. */
export function changesMessages({ method }: TabCall): boolean {
  return method === 'sendAs' || method === 'discardAs'
}

/**
 * What a tab shows: the state that the leader told, with what this tab has asked for since and nobody has answered, and
 * with a status of its own when the leader cannot say how things are. Pure.
 */
export function view(told: Snapshot, pending: readonly TabCall[], own: Status | undefined): Snapshot {
  const status = own ?? told.status
  if (!pending.some(changesMessages)) return status === told.status ? told : { ...told, status }
  const messages = new Map(told.messages)
  for (const { method, args } of pending) {
    if (method === 'discardAs') messages.delete(args[0])
    // The leader may have it already, and know more.
    if (method === 'sendAs' && !messages.has(args[0].id)) messages.set(args[0].id, args[0])
  }
  return { ...told, status, messages, unsent: unsentOf(messages) }
}
