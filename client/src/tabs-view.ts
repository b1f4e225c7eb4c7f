import { unsentOf } from './snapshot.ts'
import { changesMessages, type PendingCall } from './tabs-calls.ts'
import type { SentMessage, Snapshot, Status } from './types.ts'

/** Whether there is a connection, or one is tried for. */
export function isUp({ kind }: Status): boolean {
  return kind !== 'offline' && kind !== 'stopped'
}

/**
 * What a tab shows: the state that the leader told, with what this tab has asked for since and nobody has answered, and
 * with a status of its own when the leader cannot say how things are. Pure.
 */
export function view(told: Snapshot, pending: readonly PendingCall[], own: Status | undefined): Snapshot {
  const status = own ?? told.status
  if (!pending.some(changesMessages)) return status === told.status ? told : { ...told, status }
  const messages = new Map(told.messages)
  for (const call of pending) change(messages, call)
  return { ...told, status, messages, unsent: unsentOf(messages.values()) }
}

function change(messages: Map<string, SentMessage>, { asked, at }: PendingCall): void {
  const queue = (id: string, message: { readonly to: string; readonly content: string }) => {
    // The leader may have it already, and know more.
    if (!messages.has(id)) messages.set(id, { id, ...message, timestamp: at, state: 'queued' })
  }
  if (asked.method === 'retry' || asked.method === 'discard') messages.delete(asked.args[0])
  if (asked.method === 'send') queue(...asked.args)
  if (asked.method === 'retry') queue(asked.args[1], asked.args[2])
}
