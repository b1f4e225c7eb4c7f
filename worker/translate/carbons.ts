import { sameBare, type Jid } from '../../shared/wire/jid.ts'
import type { Element } from '../xmpp/xml.ts'
import { nothing, type Effects, type View } from './effects.ts'
import { pushMessage, type Received } from './message.ts'
import { isFromAccount, isStanza, ns, recipientOf, senderOf } from './stanza.ts'

/**
 * A copy of what another device of the user received or sent (XEP-0280). Anybody can send such a wrapper; only the
 * own account's is one (security considerations there; CVE-2017-5589 and its kin), and no other is opened.
 */
export function readCarbon(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'message') || !isFromAccount(stanza, view.own)) return undefined
  const received = stanza.getChild('received', ns.carbons)
  const wrapper = received ?? stanza.getChild('sent', ns.carbons)
  if (wrapper === undefined) return undefined
  const forwarded = wrapper.getChild('forwarded', ns.forward)
  const message = forwarded?.getChild('message', ns.client)
  if (forwarded === undefined || message === undefined) return nothing
  const ends = endsOf(message, received === undefined ? 'sent' : 'received', view.own)
  return ends === undefined
    ? nothing
    : pushMessage({ message, layers: [stanza, forwarded, message], ...ends }, view)
}

type Ends = Pick<Received, 'from' | 'to' | 'own'>

/** Between whom it went; undefined when it is not the user's own conversation. */
function endsOf(message: Element, kind: 'received' | 'sent', own: Jid): Ends | undefined {
  const sender = senderOf(message, own)
  const recipient = recipientOf(message, own)
  if (sender === undefined || recipient === undefined) return undefined
  if (!sameBare(kind === 'received' ? recipient.bare : sender.bare, own)) return undefined
  // A message to oneself comes to each device by itself, too; once is enough.
  if (kind === 'sent' && recipient.resource === '' && sameBare(recipient.bare, own)) return undefined
  const ends = { from: sender.bare, to: recipient.bare }
  return kind === 'sent' ? { ...ends, own: true } : ends
}
