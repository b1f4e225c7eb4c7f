import type { MessageReceived, NewMessage } from '../../shared/wire/frames/message.ts'
import { bareJid, parseJid, sameBare, showAddress, type Jid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { readTo } from './recipient.ts'
import { delayedSince } from './delay.ts'
import { nothing, refuse, type Effects, type View } from './effects.ts'
import { isStanza, ns, senderOf, textFor } from './stanza.ts'
import { asElementText, cutToBytes, jsonBytes } from './text.ts'

/** Ids are chosen by other people's clients and servers; those in use have under 100 characters. */
const MAX_ID_BYTES = 256

/** The client's text as a stanza. `from` stays out: the server sets it (RFC 6120 8.1.2.1). */
export function sendMessage(frame: NewMessage, view: View): Effects {
  if (jsonBytes(frame.content) > view.limits.maxContentBytes) {
    const message = `The text is longer than ${view.limits.maxContentBytes} bytes as JSON.`
    return refuse('too-large', message, frame.id)
  }
  return readTo(frame, view, recipient => {
    const id = frame.id ?? view.newId()
    const to = bareJid(recipient)
    const body = xml('body', {}, asElementText(frame.content))
    const stanza = xml('message', { type: 'chat', to, id }, body, xml('origin-id', { xmlns: ns.ids, id }))
    return { send: [{ stanza, sent: { frameId: frame.id, to } }] }
  })
}

/** A message from somebody. One without a text (typing, receipts) is nothing to a client yet. */
export function readMessage(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'message')) return undefined
  const sender = senderOf(stanza, view.own)
  return sender === undefined
    ? nothing
    : pushMessage({ message: stanza, layers: [stanza], from: sender.bare, to: view.own }, view)
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
  return { push: [fit(messageFrame(received, content, view), view.limits)] }
}

/** RFC 6121 5.2.2: a type that is not known is read like `normal`. */
function isOneToOne(message: Element): boolean {
  const type = message.attrs['type']
  return type !== 'groupchat' && type !== 'error'
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

function shortId(id: string | undefined): string | undefined {
  return id !== undefined && id !== '' && jsonBytes(id) <= MAX_ID_BYTES ? id : undefined
}

function fit(frame: MessageReceived, limits: View['limits']): MessageReceived {
  const rest = jsonBytes({ ...frame, content: '', truncated: true }) - jsonBytes('')
  const content = cutToBytes(frame.content, Math.min(limits.maxContentBytes, limits.maxFrameBytes - rest))
  return content === frame.content ? frame : { ...frame, content, truncated: true }
}
