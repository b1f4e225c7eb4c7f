import type { AddContact, Unsubscribe } from '../../shared/wire/frames/contacts.ts'
import { bareJid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import type { Effects, Request, View } from './effects.ts'
import { readTo } from './recipient.ts'
import { ns, show } from './stanza.ts'
import { askPresence } from './subscription.ts'
import { asAttribute, asElementText } from './text.ts'

type Of<Kind extends Request['kind']> = Extract<Request, { kind: Kind }>

/** Puts a contact on the roster (RFC 6121 2.3), or changes the one that is there. */
export function addContact(frame: AddContact, view: View): Effects {
  return readTo(frame, view, recipient => {
    const jid = bareJid(recipient)
    // A roster set replaces the whole item (RFC 6121 2.4): what the frame leaves out stays as it was.
    const known = view.contacts.item(jid)
    const name = asAttribute(frame.name ?? known?.name ?? '') || undefined
    const groups = new Set((frame.groups ?? known?.groups ?? []).map(asElementText))
    const item = xml('item', { jid, name }, ...[...groups].map(group => xml('group', {}, group)))
    const request = { kind: 'add-contact', contact: jid, frameId: frame.id } as const
    return { ask: [{ iq: rosterSet(item, view), request }] }
  })
}

/** The contact is on the roster: now ask to see its presence (RFC 6121 3.1.1). */
export function contactAdded({ contact, frameId }: Of<'add-contact'>, view: View): Effects {
  return {
    push: [{ messageType: 'ADD_CONTACT', id: frameId, to: show(contact, view.own) }],
    send: [askPresence(contact, frameId, view)],
  }
}

/** Takes a contact off the roster; the server ends both subscriptions (RFC 6121 2.5). */
export function removeContact(frame: Unsubscribe, view: View): Effects {
  return readTo(frame, view, recipient => {
    const jid = bareJid(recipient)
    const iq = rosterSet(xml('item', { jid, subscription: 'remove' }), view)
    return { ask: [{ iq, request: { kind: 'remove-contact', contact: jid, frameId: frame.id } }] }
  })
}

/** The contact is off the roster: that is the answer. */
export function contactRemoved({ contact, frameId }: Of<'remove-contact'>, view: View): Effects {
  return { push: [{ messageType: 'UNSUBSCRIBE', id: frameId, to: show(contact, view.own) }] }
}

function rosterSet(item: Element, view: View): Element {
  return xml('iq', { type: 'set', id: view.newId() }, xml('query', { xmlns: ns.roster }, item))
}
