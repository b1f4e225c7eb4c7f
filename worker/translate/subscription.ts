import type { AnswerSubscription } from '../../shared/wire/frames/contacts.ts'
import { bareJid, sameBare, showAddress } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { nothing, type Effects, type OutgoingStanza, type View } from './effects.ts'
import { readTo } from './recipient.ts'
import { isStanza, senderOf } from './stanza.ts'
import { readStatus } from './presence.ts'

/** Asks to see a contact's presence (RFC 6121 3.1.1). */
export function askPresence(contact: string, frameId: string | undefined, view: View): OutgoingStanza {
  return subscriptionStanza('subscribe', contact, frameId, view)
}

/** The user's answer to such a request (RFC 6121 3.1.4). */
export function answerSubscription(frame: AnswerSubscription, view: View): Effects {
  const type = frame.answer === 'approve' ? 'subscribed' : 'unsubscribed'
  return readTo(frame, view, recipient => {
    const jid = bareJid(recipient)
    return {
      contacts: [{ kind: 'answered', jid }],
      send: [subscriptionStanza(type, jid, frame.id, view)],
    }
  })
}

/** Somebody asks to see the user's presence, or no longer does. What else follows comes as roster pushes. */
export function readSubscription(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'presence')) return undefined
  const { type } = stanza.attrs
  if (type !== 'subscribe' && type !== 'unsubscribe') return undefined
  const sender = senderOf(stanza, view.own)
  if (sender === undefined || sameBare(sender.bare, view.own)) return nothing
  const jid = bareJid(sender.bare)
  if (type === 'unsubscribe') return { contacts: [{ kind: 'answered', jid }] }
  const from = showAddress(sender.bare, view.own.domain)
  const status = readStatus(stanza)
  return {
    contacts: [{ kind: 'asked', jid, status }],
    push: [{ messageType: 'SUBSCRIPTION', from, status }],
  }
}

/** RFC 6121 3.1.1: it goes to the bare JID. */
function subscriptionStanza(
  type: 'subscribe' | 'subscribed' | 'unsubscribed',
  to: string,
  frameId: string | undefined,
  view: View,
): OutgoingStanza {
  return {
    stanza: xml('presence', { type, to, id: frameId ?? view.newId() }),
    sent: { frameId, to },
  }
}
