import { errorCodes, type ErrorCode } from '../../shared/wire/codes.ts'
import type { MessageState } from '../../shared/wire/frames/message.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import { frameId } from '../../shared/wire/ids.ts'
import { bareJid, parseJid, sameBare, showAddress, type Jid } from '../../shared/wire/jid.ts'
import type { Element } from '../xmpp/xml.ts'
import { nothing, type Effects, type View } from './effects.ts'
import { errorFrame } from './error-frame.ts'
import { isHome, isStanza, ns, recipientOf, senderOf, show } from './stanza.ts'
import { cutToUnits } from './text.ts'

/** Stanza error conditions (RFC 6120 8.3.3) of messages and presence. */
const codes = {
  'bad-request': 'recipient-refused',
  conflict: 'recipient-refused',
  'feature-not-implemented': 'unsupported',
  forbidden: 'not-allowed',
  gone: 'not-found',
  'internal-server-error': 'recipient-refused',
  'item-not-found': 'not-found',
  'jid-malformed': 'bad-address',
  'not-acceptable': 'recipient-refused',
  'not-allowed': 'not-allowed',
  'not-authorized': 'not-allowed',
  'policy-violation': 'not-allowed',
  'recipient-unavailable': 'recipient-unavailable',
  redirect: 'recipient-refused',
  'registration-required': 'not-allowed',
  'remote-server-not-found': 'server-not-found',
  'remote-server-timeout': 'server-not-found',
  // Sent when the store for an unavailable recipient is full.
  'resource-constraint': 'recipient-unavailable',
  // RFC 6121 8.5: the recipient is not there and nothing keeps the message.
  'service-unavailable': 'recipient-unavailable',
  'subscription-required': 'not-allowed',
  'undefined-condition': 'recipient-refused',
  'unexpected-request': 'recipient-refused',
} as const satisfies Record<string, ErrorCode>

type Condition = keyof typeof codes

/** Enough for a sentence; the text comes from whoever refused. */
const MAX_TEXT_UNITS = 200

/** An error about a message or presence of ours, told to the client under the id of its frame: of a message as its state. */
export function readError(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'message') && !isStanza(stanza, 'presence')) return undefined
  if (stanza.attrs['type'] !== 'error') return undefined
  const sender = senderOf(stanza, view.own)?.bare
  if (sender === undefined) return nothing
  const refusal = refusalOf(stanza, sender, view)
  if (refusal === undefined) return nothing
  const error = frameOf(stanza, showAddress(sender, view.own.domain), refusal.frameId)
  const isState = view.mode === 'sequenced' && stanza.is('message')
  return { push: [isState ? failed(error, refusal.by, view) : error] }
}

/** What is refused, and by whom. */
interface Refusal {
  readonly frameId: string | undefined
  /** Undefined where it is certain that they may; else the client believes it only of whom the message went to. */
  readonly by: Jid | undefined
}

function refusalOf(stanza: Element, sender: Jid, view: View): Refusal | undefined {
  const id = stanza.attrs['id'] ?? ''
  const sent = view.sent(id)
  if (sent === undefined) return forgotten(stanza, id, sender, view)
  if (!mayRefuse(sender, sent.to, view.own)) return undefined
  return { frameId: sent.frameId, by: sameBare(sender, sent.to) ? sender : undefined }
}

/**
 * Of a message that is not remembered any more, or that an earlier process sent: a remote server may take minutes to give one
 * back, and nothing else would tell. The roster does not say who is believed, as it does for receipts: a mistyped address is
 * on none. But strangers cannot make a message look failed. An error goes to a full JID or is dropped (RFC 6121 8.5.2.1.1),
 * and the random resource is known only to who sees the user's presence or was written to; the id of a message only to whom
 * it went to; and the client, which remembers whom that was, believes nobody else (U9 of PROTOCOL.md). A simple client is not
 * told: an ERROR has no `from` to check.
 */
function forgotten(stanza: Element, id: string, sender: Jid, view: View): Refusal | undefined {
  const canCheck = view.mode === 'sequenced' && stanza.is('message')
  if (!canCheck || !frameId.safeParse(id).success) return undefined
  // Nobody else speaks for the own account and its server (RFC 6120 8.1.2.1).
  if (isHome(sender, view.own)) return { frameId: id, by: undefined }
  const hasResource = (recipientOf(stanza, view.own)?.resource ?? '') !== ''
  return hasResource ? { frameId: id, by: sender } : undefined
}

function failed(error: ErrorFrame, by: Jid | undefined, view: View): ErrorFrame | MessageState {
  const { id, code, message } = error
  const from = by && showAddress(by, view.own.domain)
  return id === undefined ? error : { messageType: 'STATE', id, from, state: 'failed', code, message }
}

/** The recipient, its server, the own account or the own server can say that a stanza was not delivered. */
function mayRefuse(from: Jid, sentTo: string, own: Jid): boolean {
  if (isHome(from, own) || sameBare(from, sentTo)) return true
  const recipient = parseJid(sentTo)
  return recipient.ok && bareJid(from) === recipient.value.domain
}

/** The error of an IQ of ours. It went to the own account, so that is who answered. */
export function requestFailed(iq: Element, id: string | undefined, view: View): ErrorFrame {
  return frameOf(iq, show(view.own.domain, view.own), id)
}

function frameOf(stanza: Element, from: string, id: string | undefined): ErrorFrame {
  const error = stanza.getChild('error')
  const condition = conditionOf(error)
  const code = codeOf(condition, stanza)
  const text = cutToUnits(error?.getChildText('text', ns.stanzas)?.trim() ?? '', MAX_TEXT_UNITS)
  const said = text === '' ? condition : `${condition}, "${text}"`
  return errorFrame(code, `${errorCodes[code].means} (${from}: ${said})`, id)
}

function conditionOf(error: Element | undefined): Condition {
  const names = (error?.getChildElements() ?? []).filter(child => child.getNS() === ns.stanzas)
  return names.map(child => child.getName()).find(isCondition) ?? 'undefined-condition'
}

function isCondition(name: string): name is Condition {
  return Object.hasOwn(codes, name)
}

function codeOf(condition: Condition, stanza: Element): ErrorCode {
  // RFC 6120 8.2.3: to an IQ it says that nobody there knows such a request.
  return condition === 'service-unavailable' && stanza.is('iq') ? 'unsupported' : codes[condition]
}
