import type { PresenceChanged, SetPresence, Show } from '../../shared/wire/frames/presence.ts'
import { bareJid, sameBare } from '../../shared/wire/jid.ts'
import { overall, withResource, type ContactsPatch, type Presence } from '../contacts.ts'
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
  const stanza = frame.show === 'unavailable' ? unavailable(frame, id) : available(frame, id)
  return { send: [{ stanza, sent: { frameId: frame.id, to: bareJid(view.own) } }] }
}

/**
 * What a new stream starts with (RFC 6121 4.2): what the user last set. One who wants to look away stays so, since a
 * new stream is unavailable until it says otherwise.
 */
export function initialPresence(view: View): readonly OutgoingStanza[] {
  const frame = view.presence ?? { show: 'available' }
  return frame.show === 'unavailable' ? [] : [{ stanza: available(frame, undefined) }]
}

type Said = Pick<SetPresence, 'show' | 'status'>

function available({ show: word, status }: Said, id: string | undefined): Element {
  const shown = word === 'available' ? undefined : xml('show', {}, word)
  return xml('presence', { id }, shown, statusElement(status), caps())
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
  const jid = bareJid(sender.bare)
  if (view.contacts.item(jid) === undefined) return nothing
  if (type === undefined) return turn(jid, [[sender.resource, presenceOf(stanza)]], view)
  if (type !== 'unavailable') return nothing
  // Without a resource it speaks for all of them: so servers tell of somebody who is absent altogether.
  const left = sender.resource === '' ? [...view.contacts.resources(jid).keys()] : [sender.resource]
  return turn(
    jid,
    left.map(resource => [resource, undefined]),
    view,
  )
}

/** The stream is gone: contacts count as away until they are heard of on the next. */
export function forgetPresence(view: View): Effects {
  const here = [...view.contacts.items()].filter(({ jid }) => view.contacts.resources(jid).size > 0)
  const push = here.map(({ jid }) => changed(jid, { show: 'unavailable' }, view))
  return { contacts: [{ kind: 'all-gone' }], push }
}

/** The resources that turned, each with its presence, undefined for one that left. */
type Turns = readonly (readonly [resource: string, presence: Presence | undefined])[]

function turn(jid: string, turns: Turns, view: View): Effects {
  const contacts = turns.map(([resource, presence]): ContactsPatch =>
    presence === undefined ? { kind: 'gone', jid, resource } : { kind: 'presence', jid, resource, presence },
  )
  const resources = view.contacts.resources(jid)
  const before = overall(resources)
  const after = overall(
    turns.reduce((rest, [resource, presence]) => withResource(rest, resource, presence), resources),
  )
  const same = before.show === after.show && before.status === after.status
  return { contacts, push: same ? [] : [changed(jid, after, view)] }
}

function changed(
  jid: string,
  presence: { show: Show; status?: string | undefined },
  view: View,
): PresenceChanged {
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
