import type { Contact, GetContacts, ContactList, Snapshot } from '../../shared/wire/frames/contacts.ts'
import type { Effects, View } from './effects.ts'
import { paginate, partOf, WIDEST_PART } from './paginate.ts'
import { contactOf, fitContact } from './roster.ts'
import { show } from './stanza.ts'
import { jsonBytes } from './text.ts'

/** Between two items of an array. */
const COMMA = 1

/** The roster as it is known now, in as many frames as it takes, sorted by address. */
export function listContacts(frame: GetContacts, view: View): Effects {
  const room = view.limits.maxFrameBytes - jsonBytes(list([], frame.id, view)) - PART_BYTES
  const bytesOf = (contact: Contact) => jsonBytes(contact) + bytesInContent(contact, view)
  const all = sorted(view).map(contact => fitContact(contact, room - bytesInContent(contact, view)))
  const pages = paginate(all, bytesOf, room)
  return {
    push: pages.map((page, index) => ({ ...list(page, frame.id, view), ...partOf(index, pages) })),
  }
}

const PART_BYTES = jsonBytes({ part: WIDEST_PART })

function sorted(view: View): Contact[] {
  const items = [...view.contacts.items()].sort((one, other) => (one.jid < other.jid ? -1 : 1))
  return items.map(item => contactOf(item, view))
}

/** The name in `content`, where JSON stands within JSON, and the two commas. */
function bytesInContent(contact: Contact, view: View): number {
  return jsonBytes(JSON.stringify(show(contact.jid, view.own)))
}

function list(contacts: Contact[], id: string | undefined, view: View): ContactList {
  const content = JSON.stringify(contacts.map(contact => show(contact.jid, view.own)))
  return { messageType: 'GET_CONTACTS', id, content, contacts }
}

type Piece =
  | { readonly kind: 'contact'; readonly contact: Contact }
  | { readonly kind: 'request'; readonly request: Snapshot['requests'][number] }

/** All contacts and the open requests to see the user's presence, in as many frames as it takes. */
export function snapshot(view: View): Snapshot[] {
  const room = view.limits.maxFrameBytes - jsonBytes(part([])) - PART_BYTES
  const contacts = sorted(view).map((contact): Piece => ({
    kind: 'contact',
    contact: fitContact(contact, room - COMMA),
  }))
  const requests = [...view.contacts.requests()].map(({ jid, status }): Piece => ({
    kind: 'request',
    request: { from: show(jid, view.own), status },
  }))
  const pages = paginate([...contacts, ...requests], bytesOfPiece, room)
  return pages.map((page, index) => ({ ...part(page), ...partOf(index, pages) }))
}

function bytesOfPiece(piece: Piece): number {
  return jsonBytes(piece.kind === 'contact' ? piece.contact : piece.request) + COMMA
}

function part(pieces: readonly Piece[]): Snapshot {
  return {
    messageType: 'SNAPSHOT',
    contacts: pieces.flatMap(piece => (piece.kind === 'contact' ? [piece.contact] : [])),
    requests: pieces.flatMap(piece => (piece.kind === 'request' ? [piece.request] : [])),
  }
}
