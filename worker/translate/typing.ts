import type { Typing } from '../../shared/wire/frames/message.ts'
import { bareJid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { knowsUser } from './acquaintance.ts'
import { delayedSince } from './delay.ts'
import { nothing, type Effects, type View } from './effects.ts'
import { readTo } from './recipient.ts'
import { isOneToOne, isStanza, ns, senderOf, show, signTo, textFor } from './stanza.ts'

/** Says that the user writes (XEP-0085). To those who shall not know that the user is there nothing goes out. */
export function sendTyping(frame: Typing, view: View): Effects {
  return readTo(frame, view, recipient => {
    const to = bareJid(recipient)
    if (!knowsUser(to, view)) return nothing
    const state = xml(frame.state, { xmlns: ns.chatStates })
    // XEP-0334: it means nothing a minute later.
    const hint = xml('no-store', { xmlns: ns.hints })
    return { send: [{ stanza: signTo(to, 'chat', state, hint) }] }
  })
}

/** XEP-0085: a client is told who writes; each state that is not that has ended it. */
const states = {
  active: 'paused',
  composing: 'composing',
  gone: 'paused',
  inactive: 'paused',
  paused: 'paused',
} as const satisfies Record<string, Typing['state']>

/** Somebody writes, or has stopped. Simple clients are not told. */
export function readTyping(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'message') || textFor(stanza, 'body') !== '') return undefined
  const state = stateOf(stanza)
  if (state === undefined || view.mode === 'simple') return undefined
  const jid = bareJid(senderOf(stanza, view.own)?.bare ?? view.own)
  if (view.contacts.item(jid) === undefined && !view.wroteTo(jid)) return nothing
  // It is long over.
  if (delayedSince([stanza], view.own) !== undefined) return nothing
  return { push: [{ messageType: 'TYPING', from: show(jid, view.own), state }] }
}

function stateOf(stanza: Element): Typing['state'] | undefined {
  if (!isOneToOne(stanza)) return undefined
  const names = stanza.getChildElements().filter(child => child.getNS() === ns.chatStates)
  const name = names.map(child => child.getName()).find(isState)
  return name && states[name]
}

function isState(name: string): name is keyof typeof states {
  return Object.hasOwn(states, name)
}
