import type { RosterItem } from '../contacts.ts'
import type { View } from './effects.ts'

/** Whether somebody (bare JID) may see the user's presence (RFC 6121 2.1.2.5). */
export function seesUser(jid: string, view: View): boolean {
  const item = view.contacts.item(jid)
  return item !== undefined && isShown(item)
}

/** The same, of somebody on a roster that is only just read. */
export function isShown({ subscription }: RosterItem): boolean {
  return subscription === 'from' || subscription === 'both'
}

/**
 * Whether somebody may learn what tells that the user is there: who may see it anyway, and whom the user has just written to
 * (Security Considerations of XEP-0333 and XEP-0085).
 */
export function knowsUser(jid: string, view: View): boolean {
  return seesUser(jid, view) || view.wroteTo(jid)
}
