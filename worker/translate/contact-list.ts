import type { Contact, GetContacts, ContactList } from '../../shared/wire/frames/contacts.ts'
import type { Effects, View } from './effects.ts'
import { contactOf, fitContact } from './roster.ts'
import { show } from './stanza.ts'
import { jsonBytes } from './text.ts'

/** Room for the largest `part`; a roster has fewer pages. */
const WIDEST_PART = [99_999, 99_999] satisfies [number, number]

/** The roster as it is known now, in as many frames as it takes, sorted by address. */
export function listContacts(frame: GetContacts, view: View): Effects {
  const all = [...view.contacts.items()].sort((one, other) => (one.jid < other.jid ? -1 : 1))
  const pages = paginate(
    all.map(item => contactOf(item, view)),
    frame.id,
    view,
  )
  const push = pages.map((page, index) =>
    list(page, frame.id, pages.length > 1 ? [index + 1, pages.length] : undefined, view),
  )
  return { push }
}

function paginate(contacts: readonly Contact[], id: string | undefined, view: View): Contact[][] {
  const room = view.limits.maxFrameBytes - jsonBytes(list([], id, WIDEST_PART, view))
  const pages: Contact[][] = []
  let page: Contact[] = []
  let bytes = 0
  for (const whole of contacts) {
    const extra = bytesInContent(whole, view)
    const contact = fitContact(whole, room - extra)
    const more = jsonBytes(contact) + extra
    if (page.length > 0 && bytes + more > room) {
      pages.push(page)
      page = []
      bytes = 0
    }
    page.push(contact)
    bytes += more
  }
  return [...pages, page]
}

/** The name in `content`, where JSON stands within JSON, and the two commas. */
function bytesInContent(contact: Contact, view: View): number {
  return jsonBytes(JSON.stringify(show(contact.jid, view.own)))
}

function list(
  contacts: Contact[],
  id: string | undefined,
  part: [number, number] | undefined,
  view: View,
): ContactList {
  const content = JSON.stringify(contacts.map(contact => show(contact.jid, view.own)))
  return { messageType: 'GET_CONTACTS', id, content, contacts, ...(part && { part }) }
}
