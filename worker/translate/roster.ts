import { isDeepStrictEqual } from 'node:util'
import { subscription, type Contact, type ContactChanged } from '../../shared/wire/frames/contacts.ts'
import { bareJid, parseJid } from '../../shared/wire/jid.ts'
import type { RosterItem } from '../contacts.ts'
import type { Element } from '../xmpp/xml.ts'
import { isShown } from './acquaintance.ts'
import type { Effects, OutgoingStanza, View } from './effects.ts'
import { answer } from './iq.ts'
import { isFromAccount, isStanza, ns, show } from './stanza.ts'
import { cutToBytes, cutToUnits, jsonBytes } from './text.ts'

/** What ADD_CONTACT takes; other clients may have set more. */
const MAX_NAME_UNITS = 256
const MAX_GROUPS = 32

/**
 * The server tells of one changed item (RFC 6121 2.1.6). From anybody but the own account it is a forgery
 * (CVE-2015-8688) and no push at all: it goes the way of every IQ that is not known.
 */
export function readRosterPush(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'iq') || stanza.attrs['type'] !== 'set') return undefined
  const item = stanza.getChild('query', ns.roster)?.getChild('item', ns.roster)
  if (item === undefined || !isFromAccount(stanza, view.own)) return undefined
  return { ...change(item, view), ...answer(stanza, {}) }
}

function change(element: Element, view: View): Effects {
  const item = readItem(element)
  if (item === undefined) return {}
  return element.attrs['subscription'] === 'remove'
    ? { contacts: [{ kind: 'removed', jid: item.jid }], push: [removed(item, view)] }
    : { contacts: [{ kind: 'item', item }], push: [changed(item, view)] }
}

/** The whole roster (RFC 6121 2.1.4). After a lost stream the client hears what changed meanwhile. What waited for it goes out. */
export function loadRoster(iq: Element, view: View): Effects {
  const elements = iq.getChild('query', ns.roster)?.getChildren('item', ns.roster) ?? []
  const items = elements.map(readItem).filter(item => item !== undefined)
  return { contacts: [{ kind: 'roster', items }], push: changes(items, view), send: owedTo(items, view) }
}

function owedTo(items: readonly RosterItem[], view: View): OutgoingStanza[] {
  const shown = new Set(items.filter(isShown).map(({ jid }) => jid))
  return [...view.owed()].filter(({ contact }) => shown.has(contact)).map(({ stanza }) => ({ stanza }))
}

function changes(items: readonly RosterItem[], view: View): ContactChanged[] {
  // The first one is no news: a client asks for the list when it wants it.
  if (!view.contacts.loaded) return []
  const old = [...view.contacts.items()]
  const jids = new Set(items.map(item => item.jid))
  return [
    ...items
      .filter(item => !isDeepStrictEqual(item, view.contacts.item(item.jid)))
      .map(item => changed(item, view)),
    ...old.filter(item => !jids.has(item.jid)).map(item => removed(item, view)),
  ]
}

/** An item that names no address is left out: nobody could be told who it is. */
function readItem(element: Element): RosterItem | undefined {
  const jid = parseJid(element.attrs['jid'] ?? '')
  if (!jid.ok) return undefined
  const groups = element.getChildren('group', ns.roster).map(group => group.getText())
  return {
    jid: bareJid(jid.value),
    name: cutToUnits(element.attrs['name'] ?? '', MAX_NAME_UNITS) || undefined,
    groups: groups
      .filter(group => group !== '')
      .slice(0, MAX_GROUPS)
      .map(group => cutToUnits(group, MAX_NAME_UNITS)),
    // RFC 6121 2.1.2.5: absent means none.
    subscription: subscription.safeParse(element.attrs['subscription']).data ?? 'none',
    pending: element.attrs['ask'] === 'subscribe',
  }
}

function changed(item: RosterItem, view: View): ContactChanged {
  return contactFrame({ messageType: 'CONTACT' }, contactOf(item, view), view)
}

function removed(item: RosterItem, view: View): ContactChanged {
  // The server names the address alone; the client gets the name it knows.
  const last = contactOf(view.contacts.item(item.jid) ?? item, view)
  const gone = { subscription: 'none', pending: false, presence: { show: 'unavailable' } } as const
  return contactFrame({ messageType: 'CONTACT', removed: true }, { ...last, ...gone, groups: [] }, view)
}

function contactFrame(
  head: Pick<ContactChanged, 'messageType' | 'removed'>,
  contact: Contact,
  view: View,
): ContactChanged {
  return { ...head, ...fitContact(contact, view.limits.maxFrameBytes - jsonBytes(head)) }
}

/** A roster item as the client sees it. */
export function contactOf(item: RosterItem, view: View): Contact {
  const { jid, groups, pending } = item
  return {
    jid,
    name: item.name ?? show(jid, view.own),
    groups: [...groups],
    subscription: item.subscription,
    pending,
    presence: view.contacts.presence(jid),
  }
}

/** In at most `maxBytes` of JSON: a contact too long for it loses groups, status and the end of its name. */
export function fitContact(contact: Contact, maxBytes: number): Contact {
  if (jsonBytes(contact) <= maxBytes) return contact
  const slim = { ...contact, groups: [], presence: { show: contact.presence.show } }
  const rest = jsonBytes({ ...slim, name: '' }) - jsonBytes('')
  return { ...slim, name: cutToBytes(slim.name, maxBytes - rest) }
}
