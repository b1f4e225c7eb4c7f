import type { PresenceChanged, SetPresence } from '../../shared/wire/frames/presence.ts'
import type { Contact } from '../../shared/wire/frames/contacts.ts'
import { bareJid, sameBare } from '../../shared/wire/jid.ts'
import { overall, type Presence, type Turn } from '../contacts.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { caps } from './disco.ts'
import { nothing, type Effects, type OutgoingStanza, type View } from './effects.ts'
import { isStanza, senderOf, show, textFor } from './stanza.ts'
import { asElementText, cutToUnits } from './text.ts'

/** As in the PRESENCE frame; RFC 6121 4.7.2.2 sets no limit. */
const MAX_STATUS_UNITS = 1024

/** xs:byte, of which RFC 6121 4.7.2.3 makes a priority. */
const PRIORITY = /^[+-]?\d{1,3}$/

/** Tells all contacts how the user is (RFC 6121 4.4). */
export function setPresence(frame: SetPresence, view: View): Effects {
  const id = frame.id ?? view.newId()
  const stanza = frame.show === 'unavailable' ? unavailable(frame, id) : available(frame, id, view)
  return { send: [{ stanza, sent: { frameId: frame.id, to: bareJid(view.own) } }] }
}

/**
 * What a new stream starts with (RFC 6121 4.2): what the user last set. One who wants to look away stays so, since a
 * new stream is unavailable until it says otherwise.
 */
export function initialPresence(view: View): readonly OutgoingStanza[] {
  const frame = view.presence ?? AVAILABLE
  return frame.show === 'unavailable' ? [] : [{ stanza: available(frame, undefined, view) }]
}

const AVAILABLE: SetPresence = { messageType: 'PRESENCE', show: 'available' }

/** How a user is shown whose session has had no socket for long: away, unless that or less was set by hand. */
export function whileAway(set: SetPresence | undefined): SetPresence {
  const { show: word } = set ?? AVAILABLE
  return word === 'available' || word === 'chat' ? { ...AVAILABLE, ...set, show: 'away' } : (set ?? AVAILABLE)
}

type Said = Pick<SetPresence, 'show' | 'status'>

function available({ show: word, status }: Said, id: string | undefined, view: View): Element {
  const shown = word === 'available' ? undefined : xml('show', {}, word)
  return xml('presence', { id }, shown, statusElement(status), caps(view.mode))
}

function unavailable({ status }: Said, id: string): Element {
  return xml('presence', { type: 'unavailable', id }, statusElement(status))
}

function statusElement(status: string | undefined): Element | undefined {
  return status ? xml('status', {}, asElementText(status)) : undefined
}

/** A contact came, changed or left. Of strangers and of the user's own other devices nothing is told. */
export function readPresence(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'presence')) return undefined
  const { type } = stanza.attrs
  const sender = senderOf(stanza, view.own)
  if (sender === undefined || sameBare(sender.bare, view.own)) return nothing
  if (type !== undefined && type !== 'unavailable') return nothing
  const jid = bareJid(sender.bare)
  const presence = type === undefined ? presenceOf(stanza) : undefined
  return turn({ jid, resource: sender.resource, presence }, view)
}

/** The stream is gone: contacts count as unavailable until they are heard of on the next. */
export function forgetPresence(view: View): Effects {
  const here = [...view.contacts.items()].filter(
    ({ jid }) => view.contacts.presence(jid).show !== 'unavailable',
  )
  const push = here.map(({ jid }) => changed(jid, { show: 'unavailable' }, view))
  return { contacts: [{ kind: 'all-unavailable' }], push }
}

function turn(turned: Turn, view: View): Effects {
  const { jid } = turned
  const isContact = view.contacts.item(jid) !== undefined
  // Before the roster is read, nobody knows who is a stranger: it is kept until then, and not told.
  if (view.contacts.loaded && !isContact) return nothing
  const contacts = [{ kind: 'presence', ...turned } as const]
  const before = view.contacts.presence(jid)
  const after = overall(view.contacts.resourcesAfter(turned))
  const same = before.show === after.show && before.status === after.status
  return { contacts, push: same || !isContact ? [] : [changed(jid, after, view)] }
}

/** What was seen of contacts, for the process that goes on with the stream; who is not named is unknown. */
export function rememberPresence(view: View): Element[] {
  return [...view.contacts.items()].flatMap(({ jid }) => {
    const resources = [...view.contacts.resources(jid)]
    if (resources.length > 0) return resources.map(([name, presence]) => asSeen(`${jid}/${name}`, presence))
    return view.contacts.presence(jid).show === 'unknown'
      ? []
      : [xml('presence', { type: 'unavailable', from: jid })]
  })
}

function asSeen(from: string, { show: word, status, priority }: Presence): Element {
  const shown = word === 'available' ? undefined : xml('show', {}, word)
  return xml('presence', { from }, shown, statusElement(status), xml('priority', {}, String(priority)))
}

/** The other way round; undefined for what is no presence of anybody. */
export function recallPresence(stanza: Element, view: View): Turn | undefined {
  const sender = senderOf(stanza, view.own)
  if (!isStanza(stanza, 'presence') || sender === undefined) return undefined
  const presence = stanza.attrs['type'] === undefined ? presenceOf(stanza) : undefined
  return { jid: bareJid(sender.bare), resource: sender.resource, presence }
}

function changed(jid: string, presence: Contact['presence'], view: View): PresenceChanged {
  return { messageType: 'PRESENCE', from: show(jid, view.own), ...presence }
}

function presenceOf(stanza: Element): Presence {
  return {
    show: readShow(stanza.getChildText('show')),
    status: readStatus(stanza),
    priority: readPriority(stanza.getChildText('priority')),
  }
}

function readShow(text: string | null): Presence['show'] {
  switch (text) {
    case 'away':
    case 'chat':
    case 'dnd':
    case 'xa':
      return text
    default:
      return 'available'
  }
}

function readPriority(text: string | null): number {
  const priority = PRIORITY.test(text ?? '') ? Number(text) : 0
  return priority >= -128 && priority <= 127 ? priority : 0
}

/** What somebody says beside a presence or a subscription request. */
export function readStatus(stanza: Element): string | undefined {
  return cutToUnits(textFor(stanza, 'status'), MAX_STATUS_UNITS) || undefined
}
