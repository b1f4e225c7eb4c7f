import { errorCodes, type ErrorCode } from '../../shared/wire/codes.ts'
import type { MessageState } from '../../shared/wire/frames/message.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import { bareJid, parseJid, sameBare, showAddress, type Jid } from '../../shared/wire/jid.ts'
import type { Element } from '../xmpp/xml.ts'
import { nothing, type Effects, type View } from './effects.ts'
import { errorFrame } from './error-frame.ts'
import { isHome, isStanza, ns, senderOf, show } from './stanza.ts'
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
  // Sent when the store for an absent recipient is full.
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
  const sent = view.sent(stanza.attrs['id'] ?? '')
  const sender = senderOf(stanza, view.own)
  if (sent === undefined || sender === undefined) return nothing
  if (!mayRefuse(sender.bare, sent.to, view.own)) return nothing
  const from = showAddress(sender.bare, view.own.domain)
  const error = frameOf(stanza, from, sent.frameId)
  const isState = view.mode === 'sequenced' && stanza.is('message')
  return { push: [isState ? failed(error, from) : error] }
}

function failed(error: ErrorFrame, from: string): ErrorFrame | MessageState {
  const { id, code, message } = error
  return id === undefined ? error : { messageType: 'STATE', id, from, state: 'failed', code, message }
}

/** The recipient, its server, the own account or the own server can say that a stanza was not delivered. */
function mayRefuse(from: Jid, sentTo: string, own: Jid): boolean {
  if (isHome(from, own) || sameBare(from, sentTo)) return true
  const recipient = parseJid(sentTo)
  return recipient.ok && bareJid(from) === recipient.value.domain
}

/** The error of an IQ of ours. It went to the own account, so that is who answered. */
export function requestFailed(iq: Element, frameId: string | undefined, view: View): ErrorFrame {
  return frameOf(iq, show(view.own.domain, view.own), frameId)
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
