import { bareJid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { discoInfo, NAME, VERSION } from './disco.ts'
import { nothing, type Effects, type View } from './effects.ts'
import { isHome, isStanza, ns, sameAddress, senderOf } from './stanza.ts'
import { isAttribute } from './text.ts'

type Refusal = 'bad-request' | 'item-not-found' | 'service-unavailable'
type Answer = { readonly payload?: Element } | { readonly refusal: Refusal }

/** The questions that are answered, by the element asked with. */
const answers = new Map<string, (question: Element, view: View) => Answer>([
  [`ping ${ns.ping}`, () => ({})],
  [`query ${ns.disco}`, describe],
  [`query ${ns.version}`, tellVersion],
  [`time ${ns.time}`, tellTime],
])

/** Whether an IQ answers one of ours, by its type. */
export function isAnswer(iq: Element): boolean {
  return iq.attrs['type'] === 'result' || iq.attrs['type'] === 'error'
}

/**
 * Whether an IQ may answer one of ours; that the ids are the same is for the caller to know. Ids can be guessed, so one
 * that went to the own account (`sentTo` undefined) is answered by the account or its server alone, any other by
 * exactly the address it went to (RFC 6120 8.1.2.1 and 10.3).
 */
export function mayAnswer(iq: Element, sentTo: string | undefined, view: View): boolean {
  if (!isStanza(iq, 'iq') || !isAnswer(iq)) return false
  const { from } = iq.attrs
  const account = bareJid(view.own)
  if (sentTo !== undefined && !sameAddress(sentTo, account)) {
    return from !== undefined && sameAddress(from, sentTo)
  }
  return from === undefined || [account, view.fullJid, view.own.domain].some(home => sameAddress(from, home))
}

/** A question or an order from somebody (RFC 6120 8.2.3); an answer that nobody waits for is nothing. */
export function readQuery(iq: Element, view: View): Effects | undefined {
  if (!isStanza(iq, 'iq')) return undefined
  const { type, id } = iq.attrs
  if ((type !== 'get' && type !== 'set') || id === undefined) return nothing
  return answer(iq, isTrusted(iq, view) ? decide(iq, view) : { refusal: 'service-unavailable' })
}

/** Ends an IQ that asked. One whose id or address XML could not carry back unchanged has no answer. */
export function answer(iq: Element, given: Answer): Effects {
  const { id, from: to } = iq.attrs
  if (id === undefined || !isAttribute(id) || !isAttribute(to ?? '')) return nothing
  if ('refusal' in given) {
    const condition = xml(given.refusal, { xmlns: ns.stanzas })
    const error = xml('error', { type: given.refusal === 'bad-request' ? 'modify' : 'cancel' }, condition)
    return { send: [{ stanza: xml('iq', { type: 'error', to, id }, error) }] }
  }
  return { send: [{ stanza: xml('iq', { type: 'result', to, id }, given.payload) }] }
}

/** To strangers we answer like the server of somebody unavailable: that the user is there is not for them to know. */
function isTrusted(iq: Element, view: View): boolean {
  const sender = senderOf(iq, view.own)
  if (sender === undefined) return false
  if (isHome(sender.bare, view.own)) return true
  const subscription = view.contacts.item(bareJid(sender.bare))?.subscription
  return subscription === 'from' || subscription === 'both'
}

function decide(iq: Element, view: View): Answer {
  const [question, ...more] = iq.getChildElements()
  if (question === undefined || more.length > 0) return { refusal: 'bad-request' }
  const known = answers.get(`${question.getName()} ${question.getNS()}`)
  return known !== undefined && iq.attrs['type'] === 'get'
    ? known(question, view)
    : { refusal: 'service-unavailable' }
}

function describe(question: Element, view: View): Answer {
  const payload = discoInfo(question.attrs['node'], view.mode)
  return payload === undefined ? { refusal: 'item-not-found' } : { payload }
}

/** XEP-0092, without the operating system: it is nobody's business. */
function tellVersion(): Answer {
  return {
    payload: xml('query', { xmlns: ns.version }, xml('name', {}, NAME), xml('version', {}, VERSION)),
  }
}

/** XEP-0202. Where the user is we do not know; the worker's clock is UTC. */
function tellTime(_question: Element, view: View): Answer {
  const utc = new Date(view.now).toISOString()
  return { payload: xml('time', { xmlns: ns.time }, xml('tzo', {}, '+00:00'), xml('utc', {}, utc)) }
}
