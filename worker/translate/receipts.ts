import type { Displayed, MessageState } from '../../shared/wire/frames/message.ts'
import { frameId } from '../../shared/wire/ids.ts'
import { bareJid, sameBare, type Jid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { knowsUser, seesUser } from './acquaintance.ts'
import { nothing, refuse, type Effects, type View } from './effects.ts'
import { readTo } from './recipient.ts'
import { isOneToOne, isStanza, ns, senderOf, show, signTo, textFor } from './stanza.ts'
import { isAttribute } from './text.ts'

/**
 * "It has arrived" (XEP-0184) for a message that asks for it, given when its stanza is read: from then on the bridge answers
 * for it, by the server's queue (XEP-0198) or the archive. Only to those who may see the user's presence, which it would tell
 * (Security Considerations there), and only for the message itself: a carbon copy is answered by the device that got the
 * message, an entry of the archive was answered long ago ("Archived Messages" there). One that waited for the user to come back
 * is answered now; nobody could before. Twice, after a take-over, does no harm. What a resumed stream brings again comes before
 * the roster is read, and is answered when that tells who may see the user.
 */
export function answerReceipt(message: Element, sender: Jid, view: View): Effects {
  const { id, from, type } = message.attrs
  if (id === undefined || from === undefined || !isAttribute(id) || !isAttribute(from)) return nothing
  if (message.getChild('request', ns.receipts) === undefined) return nothing
  const received = xml('received', { xmlns: ns.receipts, id })
  const stanza = signTo(from, type === 'chat' ? type : undefined, received, storeHint())
  const contact = bareJid(sender)
  if (seesUser(contact, view)) return { send: [{ stanza }] }
  return view.contacts.loaded ? nothing : { owed: { contact, stanza } }
}

/** XEP-0334: without a text an archive would leave it out. */
function storeHint(): Element {
  return xml('store', { xmlns: ns.hints })
}

/** Says that the user has seen a message (XEP-0333). To those who shall not know that the user is there nothing goes out. */
export function sendDisplayed(frame: Displayed, view: View): Effects {
  if (!isAttribute(frame.message)) return refuse('bad-text', 'No message has such an id.', frame.id)
  return readTo(frame, view, recipient => {
    const to = bareJid(recipient)
    if (!knowsUser(to, view)) return nothing
    const displayed = xml('displayed', { xmlns: ns.markers, id: frame.message })
    return { send: [{ stanza: signTo(to, 'chat', displayed, storeHint()) }] }
  })
}

/** What became of a message of ours at the other end (XEP-0184, XEP-0333). Simple clients are not told. One with a text is that text. */
export function readState(stanza: Element, view: View): Effects | undefined {
  if (view.mode === 'simple' || !isStanza(stanza, 'message') || !isOneToOne(stanza)) return undefined
  if (textFor(stanza, 'body') !== '') return undefined
  const received = stanza.getChild('received', ns.receipts)
  const said = received ?? stanza.getChild('displayed', ns.markers)
  const sender = senderOf(stanza, view.own)
  const about = said?.attrs['id']
  if (about === undefined || about === '' || sender === undefined) return undefined
  const id = frameAbout(about, sender.bare, view)
  if (id === undefined) return nothing
  const state = received === undefined ? 'displayed' : 'delivered'
  return { push: [stateFrame(id, state, sender.bare, view)] }
}

/**
 * The frame that a state is about. While the message is remembered, only whom it went to can tell. Later, and in the process
 * that goes on with a session, it is passed on from people on the roster alone, and says from whom: the client remembers. What a
 * resumed stream brings again comes before the roster is read, and is passed on from anybody.
 */
function frameAbout(stanzaId: string, sender: Jid, view: View): string | undefined {
  const sent = view.sent(stanzaId)
  if (sent !== undefined) return sameBare(sender, sent.to) ? sent.frameId : undefined
  const isContact = view.contacts.item(bareJid(sender)) !== undefined
  return (isContact || !view.contacts.loaded) && frameId.safeParse(stanzaId).success ? stanzaId : undefined
}

function stateFrame(id: string, state: MessageState['state'], from: Jid, view: View): MessageState {
  return { messageType: 'STATE', id, state, from: show(bareJid(from), view.own) }
}
