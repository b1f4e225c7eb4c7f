import { ClientError } from './errors.ts'
import type { SentMessage, Snapshot } from './types.ts'

/** Before anything is known. */
export const NOTHING_YET: Snapshot = {
  status: { kind: 'offline' },
  self: undefined,
  contacts: [],
  requests: [],
  messages: new Map(),
  unsent: [],
  typing: [],
}

/** Those of a snapshot's messages that wait for the network or for a decision. */
export function unsentOf(messages: Snapshot['messages']): readonly SentMessage[] {
  return [...messages.values()].filter(({ state }) => state === 'queued' || isUndecided(state))
}

/** Whether `retry` and `discard` are for it. */
export function isUndecided(state: SentMessage['state'] | undefined): boolean {
  return state === 'unsure' || state === 'failed'
}

/** The failed or unsure message with this id. Throws a ClientError `unknown-message` when there is none. */
export function undecided({ messages }: Snapshot, id: string): SentMessage {
  const message = messages.get(id)
  if (message !== undefined && isUndecided(message.state)) return message
  throw new ClientError('unknown-message')
}

/** Whether two plain objects say the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
