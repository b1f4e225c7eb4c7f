import type { MessageReceived, NewMessage } from '../../shared/wire/frames/message.ts'
import { bareJid, parseJid, sameBare, showAddress, type Jid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { readTo } from './recipient.ts'
import { delayedSince } from './delay.ts'
import { nothing, refuse, type Effects, type View } from './effects.ts'
import { isOneToOne, isStanza, ns, senderOf, textFor } from './stanza.ts'
import { answerReceipt } from './receipts.ts'
import { asElementText, cutToBytes, jsonBytes } from './text.ts'

/** Ids are chosen by other people's clients and servers; those in use have under 100 characters. */
const MAX_ID_BYTES = 256

/**
 * A server ends the stream over a stanza that is too long for it; Prosody's and ejabberd's limit is 256 KiB. Escaping makes
 * five bytes of some of the JSON's.
 */
const MAX_STANZA_BYTES = 200_000

/** The client's text as a stanza. `from` stays out: the server sets it (RFC 6120 8.1.2.1). */
export function sendMessage(frame: NewMessage, view: View): Effects {
  const { maxTextBytes } = view.limits
  if (jsonBytes(frame.content) > maxTextBytes) {
    return refuse('too-large', `The text is longer than ${maxTextBytes} bytes as JSON.`, frame.id)
  }
  return readTo(frame, view, recipient => {
    const id = frame.id ?? view.newId()
    const to = bareJid(recipient)
    const body = xml('body', {}, asElementText(frame.content))
    const origin = xml('origin-id', { xmlns: ns.ids, id })
    const stanza = xml('message', { type: 'chat', to, id }, body, origin, askForStates(view))
    if (Buffer.byteLength(stanza.toString()) > MAX_STANZA_BYTES) {
      return refuse('too-large', `The text is longer than ${MAX_STANZA_BYTES} bytes as XML.`, frame.id)
    }
    return { send: [{ stanza, sent: { frameId: frame.id, to } }] }
  })
}

/** XEP-0184 and XEP-0333. A simple client knows no STATE, so nobody is bothered for it. */
function askForStates(view: View): readonly Element[] {
  if (view.mode === 'simple') return []
  return [xml('request', { xmlns: ns.receipts }), xml('markable', { xmlns: ns.markers })]
}

/** A message from somebody; one without a text is nothing here. */
export function readMessage(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'message')) return undefined
  const sender = senderOf(stanza, view.own)
  if (sender === undefined) return nothing
  const received = { message: stanza, layers: [stanza], from: sender.bare, to: view.own }
  const told = pushMessage(received, view)
  return told.push === undefined ? told : { ...told, ...answerReceipt(stanza, sender.bare, view) }
}

export interface Received {
  readonly message: Element
  /** The message and what it came wrapped in: where delay stamps may be. */
  readonly layers: readonly Element[]
  readonly from: Jid
  readonly to: Jid
  readonly own?: true
}

/** The frame for a message with a text, cut to the limits; nothing for groups, errors and messages without one. */
export function pushMessage(received: Received, view: View): Effects {
  const content = textFor(received.message, 'body')
  if (content === '' || !isOneToOne(received.message)) return nothing
  return { push: [fit(messageFrame(received, content, view), view)] }
}

function messageFrame(received: Received, content: string, view: View): MessageReceived {
  const { message, layers, from, to, own } = received
  const since = delayedSince(layers, view.own)
  // A server whose clock is ahead of ours does not send messages from the future.
  const sentAt = Math.min(since ?? view.now, view.now)
  return {
    messageType: 'NEW_MESSAGE',
    id: shortId(message.attrs['id']),
    from: showAddress(from, view.own.domain),
    to: showAddress(to, view.own.domain),
    content,
    mid: shortId(archiveId(message, view.own)),
    timestamp: new Date(sentAt).toISOString(),
    ...(since !== undefined && { delayed: true }),
    ...(own && { own }),
  }
}

/** XEP-0359: of ids `by` the own account, its server takes out those that others wrote; no other is certain. */
function archiveId(message: Element, own: Jid): string | undefined {
  const ids = message.getChildren('stanza-id', ns.ids)
  return ids.find(id => isBy(id, own))?.attrs['id']
}

function isBy(stanzaId: Element, own: Jid): boolean {
  const by = parseJid(stanzaId.attrs['by'] ?? '')
  return by.ok && by.value.resource === undefined && sameBare(by.value, own)
}

export function shortId(id: string | undefined): string | undefined {
  return id !== undefined && id !== '' && jsonBytes(id) <= MAX_ID_BYTES ? id : undefined
}

/** Of a sequenced client a text has no more than its own limit: it travels in parts. */
function fit(frame: MessageReceived, { limits, mode }: View): MessageReceived {
  if (mode === 'sequenced') return cut(frame, limits.maxTextBytes)
  const rest = jsonBytes({ ...frame, content: '', truncated: true }) - jsonBytes('')
  return cut(frame, Math.min(limits.maxTextBytes, limits.maxFrameBytes - rest))
}

/** The message with at most `maxBytes` of text as JSON. */
export function cut(frame: MessageReceived, maxBytes: number): MessageReceived {
  const content = cutToBytes(frame.content, maxBytes)
  return content === frame.content ? frame : { ...frame, content, truncated: true }
}
