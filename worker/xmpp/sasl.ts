import { LoginFailed, UnexpectedAnswer } from './errors.ts'
import { ScramExchange } from './scram.ts'
import type { Credential, Refusal, XmppTarget } from './port.ts'
import { condition, type Wire } from './wire.ts'
import { xml, type Element } from './xml.ts'

const NS_SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** Both sides of a mechanism, as texts before base64. */
interface Exchange {
  readonly mechanism: string
  first(): string
  /** undefined gives the attempt up. */
  answer(challenge: string): Promise<string | undefined>
  /** What to log in with next time. Throws when the server has not proven itself. */
  finish(final: string): Credential
}

export type Authentication =
  | { kind: 'authenticated'; credential: Credential }
  /** The server's condition (RFC 6120 6.5). */
  | { kind: 'failure'; condition: string }
  | Refusal

/** Logs in by the best mechanism that both sides have. Throws WireOver, UnexpectedAnswer and ScramFailed. */
export async function authenticate(
  wire: Wire,
  features: Element,
  credential: Credential,
  target: XmppTarget,
): Promise<Authentication> {
  const offered = offeredMechanisms(features)
  const exchange = choose(offered, credential, passwordMayBeSent(target))
  if ('code' in exchange) return exchange
  wire.write(
    xml('auth', { xmlns: NS_SASL, mechanism: exchange.mechanism }, encode(exchange.first())).toString(),
  )
  for (;;) {
    const step = await respond(await wire.next(), exchange)
    if (step.kind === 'authenticated')
      return saltsLast(offered) ? step : { kind: 'authenticated', credential }
    if (step.kind !== 'response') return step
    wire.write(xml('response', { xmlns: NS_SASL }, encode(step.text)).toString())
  }
}

async function respond(
  answer: Element,
  exchange: Exchange,
): Promise<Authentication | { kind: 'response'; text: string }> {
  if (answer.is('challenge', NS_SASL)) {
    const text = await exchange.answer(decode(answer))
    return text === undefined ? { kind: 'failure', condition: 'not-authorized' } : { kind: 'response', text }
  }
  if (answer.is('success', NS_SASL))
    return { kind: 'authenticated', credential: exchange.finish(decode(answer)) }
  if (answer.is('failure', NS_SASL)) return { kind: 'failure', condition: condition(answer) }
  throw new UnexpectedAnswer(answer, 'a SASL answer')
}

function offeredMechanisms(features: Element): string[] {
  const list = features.getChild('mechanisms', NS_SASL)?.getChildren('mechanism') ?? []
  return list.map(mechanism => mechanism.getText())
}

function choose(offered: string[], credential: Credential, plainAllowed: boolean): Exchange | Refusal {
  if (credential.kind === 'scram') {
    if (!offered.includes(credential.mechanism)) return { kind: 'refused', code: 'no-mechanism' }
    return new ScramExchange(credential.mechanism, credential)
  }
  if (offered.includes('SCRAM-SHA-256')) return new ScramExchange('SCRAM-SHA-256', credential)
  if (offered.includes('SCRAM-SHA-1')) return new ScramExchange('SCRAM-SHA-1', credential)
  if (!offered.includes('PLAIN')) return { kind: 'refused', code: 'no-mechanism' }
  return plainAllowed ? plain(credential) : { kind: 'refused', code: 'insecure' }
}

/**
 * Whether keys made for the salt of today fit tomorrow. A server that offers one hash keeps just that hash, and its salt. One that offers
 * several may keep the password instead, and make up a salt for each login, as ejabberd does.
 */
function saltsLast(offered: string[]): boolean {
  return offered.filter(name => name.startsWith('SCRAM-') && !name.endsWith('-PLUS')).length === 1
}

/** Whether the password itself may go over this connection. */
export function passwordMayBeSent(target: XmppTarget): boolean {
  return (
    target.security !== 'none' ||
    target.host === 'localhost' ||
    target.host === '::1' ||
    target.host.startsWith('127.')
  )
}

/** RFC 4616. */
function plain(credential: Extract<Credential, { kind: 'password' }>): Exchange {
  return {
    mechanism: 'PLAIN',
    first: () => `\0${credential.username}\0${credential.password}`,
    answer: () => Promise.reject(new LoginFailed('The server challenged PLAIN')),
    finish: () => credential,
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** RFC 6120 6.4.2: `=` is an empty text. */
function decode(answer: Element): string {
  const text = answer.getText()
  return text === '=' ? '' : Buffer.from(text, 'base64').toString()
}
