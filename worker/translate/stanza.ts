import { bareJid, formatJid, parseJid, sameBare, type Jid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'

export const ns = {
  archive: 'urn:xmpp:mam:2',
  caps: 'http://jabber.org/protocol/caps',
  carbons: 'urn:xmpp:carbons:2',
  chatStates: 'http://jabber.org/protocol/chatstates',
  client: 'jabber:client',
  dataForm: 'jabber:x:data',
  delay: 'urn:xmpp:delay',
  disco: 'http://jabber.org/protocol/disco#info',
  forward: 'urn:xmpp:forward:0',
  hints: 'urn:xmpp:hints',
  ids: 'urn:xmpp:sid:0',
  markers: 'urn:xmpp:chat-markers:0',
  pages: 'http://jabber.org/protocol/rsm',
  ping: 'urn:xmpp:ping',
  receipts: 'urn:xmpp:receipts',
  roster: 'jabber:iq:roster',
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  time: 'urn:xmpp:time',
  version: 'jabber:iq:version',
} as const

/** Whether this is a stanza of that name, in the content namespace where one is known (RFC 6120 4.8.2). */
export function isStanza(element: Element, name: 'message' | 'presence' | 'iq'): boolean {
  return element.is(name) && isContent(element)
}

function isContent(element: Element): boolean {
  const namespace = element.getNS()
  return namespace === undefined || namespace === ns.client
}

/**
 * A message that carries a sign and no text. It has no id (RFC 6120 8.1.3 does not ask for one), for nobody wants to know
 * when it comes back, and an error without one is never taken for one about a text.
 */
export function signTo(to: string, type: 'chat' | undefined, ...signs: readonly Element[]): Element {
  return xml('message', { type, to }, ...signs)
}

/** RFC 6121 5.2.2: a type that is not known is read like `normal`. */
export function isOneToOne(message: Element): boolean {
  const type = message.attrs['type']
  return type !== 'groupchat' && type !== 'error'
}

/** A child for people, such as `body`: the first with text and without a language, else the first with text. */
export function textFor(stanza: Element, name: 'body' | 'status'): string {
  const texts = stanza.getChildren(name).filter(child => isContent(child) && child.getText() !== '')
  const text = texts.find(child => child.attrs['xml:lang'] === undefined) ?? texts[0]
  return text?.getText() ?? ''
}

/** Whom a stanza is from or to. The resource, '' without one, is as it came: it is compared and never shown. */
export interface Party {
  readonly bare: Jid
  readonly resource: string
}

/** Who sent a stanza, undefined if `from` is no address. RFC 6120 8.1.2.1: without `from` the own account did. */
export function senderOf(stanza: Element, own: Jid): Party | undefined {
  return partyOf(stanza.attrs['from'], own)
}

/** To whom it goes, undefined if `to` is no address. RFC 6120 10.3: without `to` it is the own account. */
export function recipientOf(stanza: Element, own: Jid): Party | undefined {
  return partyOf(stanza.attrs['to'], own)
}

function partyOf(address: string | undefined, own: Jid): Party | undefined {
  if (address === undefined) return { bare: own, resource: '' }
  const slash = address.indexOf('/')
  const bare = parseJid(slash < 0 ? address : address.slice(0, slash))
  return bare.ok ? { bare: bare.value, resource: slash < 0 ? '' : address.slice(slash + 1) } : undefined
}

/** Whether the server speaks for the user's own account: from the own bare JID, or without `from`. */
export function isFromAccount(stanza: Element, own: Jid): boolean {
  const sender = senderOf(stanza, own)
  return sender !== undefined && sender.resource === '' && sameBare(sender.bare, own)
}

/** Whether that is the own account or the server it is on. */
export function isHome(address: Jid, own: Jid): boolean {
  return sameBare(address, own) || bareJid(address) === own.domain
}

/** Whether two texts are the same address, resource and all. */
export function sameAddress(one: string, other: string): boolean {
  if (one === other) return true
  const [left, right] = [parseJid(one), parseJid(other)]
  return left.ok && right.ok && formatJid(left.value) === formatJid(right.value)
}

/**
 * What a client is shown for a bare JID, as `showAddress` says it. A roster has thousands that were prepared before, and
 * preparing one of another script takes as long as all the rest of its frame.
 */
export function show(bare: string, own: Jid): string {
  const home = `@${own.domain}`
  if (!bare.includes('@')) return `@${bare}`
  return bare.endsWith(home) ? bare.slice(0, -home.length) : bare
}
