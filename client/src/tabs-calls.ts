import type { TabCall } from './tabs-messages.ts'

/** What this tab has asked for and nobody has done yet. It outlives the leader: the next one is asked again. */
export interface PendingCall {
  /** Its name over all tabs. */
  readonly call: string
  readonly asked: TabCall
  /** When it was asked: ISO 8601, UTC. */
  readonly at: string
}

/** These wait for an answer of the XMPP server; all others are kept by the client until they can be done. */
export function isLimited(method: TabCall['method']): boolean {
  return method === 'addContact' || method === 'removeContact' || method === 'history'
}

/** These are done when the store has them, and are shown until then. */
export function changesMessages({ asked: { method } }: PendingCall): boolean {
  return method === 'send' || method === 'retry' || method === 'discard'
}
