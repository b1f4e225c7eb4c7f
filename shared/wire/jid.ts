import { enforceDomainpart } from './idna.ts'
import { enforceOpaqueString, enforceUsernameCaseMapped } from './precis.ts'

/**
 * A prepared address (RFC 7622), built only by the functions of this file, so that two addresses are the same
 * exactly when their parts are.
 */
export interface Jid {
  readonly local?: string
  readonly domain: string
  readonly resource?: string
}

/**
 * Why a text is no address. empty: it, or a part that its separator announces, has nothing in it · too-long: a part
 * is over its limit · bad-…: that part has something in it that may not stand there.
 */
export type JidProblem = 'empty' | 'too-long' | 'bad-local' | 'bad-domain' | 'bad-resource'

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: JidProblem }

/** RFC 7622 sections 3.2 to 3.4: in UTF-8, for each part by itself. */
const MAX_PART_BYTES = 1023

/**
 * Text beyond this needs no look: NFC composes three UTF-16 units to a letter of two bytes, but never to less. (A
 * domain may shrink further, by soft hyphens; nobody needs a thousand of them.)
 */
const MAX_PART_UNITS = 2 * MAX_PART_BYTES

// Preparation leaves these as they are, and nearly every address of a stanza is made of them.
const PLAIN_LOCAL = /^[a-z0-9._-]{1,1023}$/u
const PLAIN_RESOURCE = /^[ -~]{1,1023}$/u
// No two hyphens in a row (they may announce an A-label), and too short for a label over 63 bytes.
const PLAIN_DOMAIN = /^(?=.{1,63}$)[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/u

/** RFC 7622 section 3.3.1: allowed in the IdentifierClass, but not in a localpart. */
const NOT_IN_LOCAL = /["&'/:<>@]/u

/** Prepares a localpart (RFC 7622 section 3.3). */
export function prepareLocal(text: string): Result<string> {
  if (PLAIN_LOCAL.test(text)) return { ok: true, value: text }
  const local = prepare(text, enforceUsernameCaseMapped, 'bad-local')
  return local.ok && NOT_IN_LOCAL.test(local.value) ? refuse('bad-local') : local
}

/** Prepares a domainpart (RFC 7622 section 3.2): a name, an IPv4 address, or an IPv6 address in brackets. */
export function prepareDomain(text: string): Result<string> {
  return PLAIN_DOMAIN.test(text) ? { ok: true, value: text } : prepare(text, enforceDomainpart, 'bad-domain')
}

/** Prepares a resourcepart (RFC 7622 section 3.4, with erratum 4560: spaces may lead and trail). */
export function prepareResource(text: string): Result<string> {
  return PLAIN_RESOURCE.test(text)
    ? { ok: true, value: text }
    : prepare(text, enforceOpaqueString, 'bad-resource')
}

/**
 * Reads an address. Never throws, whatever the text. Escaped characters (XEP-0106, as in `foo\20bar`) stay
 * escaped: they are a way of showing a name, and the address is compared and sent as it is.
 */
export function parseJid(text: string): Result<Jid> {
  // RFC 7622 section 3.1: the first slash is cut at first, as a resourcepart may hold both separators.
  const slash = text.indexOf('/')
  const bare = slash < 0 ? text : text.slice(0, slash)
  const at = bare.indexOf('@')
  const local = at < 0 ? undefined : prepareLocal(bare.slice(0, at))
  if (local?.ok === false) return local
  const domain = prepareDomain(bare.slice(at + 1))
  if (!domain.ok) return domain
  const resource = slash < 0 ? undefined : prepareResource(text.slice(slash + 1))
  if (resource?.ok === false) return resource
  const jid = {
    ...(local && { local: local.value }),
    domain: domain.value,
    ...(resource && { resource: resource.value }),
  }
  return { ok: true, value: jid }
}

/** The address without its resource. */
export function bareJid(jid: Jid): string {
  return jid.local === undefined ? jid.domain : `${jid.local}@${jid.domain}`
}

/** The whole address, with its resource when it has one; `parseJid` reads it back. */
export function formatJid(jid: Jid): string {
  return jid.resource === undefined ? bareJid(jid) : `${bareJid(jid)}/${jid.resource}`
}

/** Whether two addresses are the same but for their resources. Text that is no address equals none.*/
export function sameBare(one: Jid | string, other: Jid | string): boolean {
  const left = toJid(one)
  const right = toJid(other)
  return left !== undefined && right !== undefined && bareJid(left) === bareJid(right)
}

/**
 * Reads the address that a client wrote in `to`: a local name of its own domain (`jose`), a bare JID
 * (`jose@example.org`), or `@example.org` for a domain itself. One with a resource is refused as bad-resource.
 * `ownDomain` is a prepared domain.
 */
export function readAddress(text: string, ownDomain: string): Result<Jid> {
  if (text.includes('/')) return refuse('bad-resource')
  if (text.startsWith('@')) {
    const domain = prepareDomain(text.slice(1))
    return domain.ok ? { ok: true, value: { domain: domain.value } } : domain
  }
  if (text.includes('@')) return parseJid(text)
  const local = prepareLocal(text)
  return local.ok ? { ok: true, value: { local: local.value, domain: ownDomain } } : local
}

/**
 * What a client is shown: the local name within its own domain, `@example.org` for a domain, else the bare JID.
 * `readAddress` with the same domain reads it back.
 */
export function showAddress(jid: Jid, ownDomain: string): string {
  if (jid.local === undefined) return `@${jid.domain}`
  return jid.domain === ownDomain ? jid.local : bareJid(jid)
}

function prepare(
  text: string,
  enforce: (text: string) => string | undefined,
  problem: JidProblem,
): Result<string> {
  if (text === '') return refuse('empty')
  if (text.length > MAX_PART_UNITS) return refuse('too-long')
  const value = enforce(text)
  if (value === undefined) return refuse(problem)
  return new TextEncoder().encode(value).length > MAX_PART_BYTES ? refuse('too-long') : { ok: true, value }
}

function refuse<T>(problem: JidProblem): Result<T> {
  return { ok: false, problem }
}

function toJid(address: Jid | string): Jid | undefined {
  if (typeof address !== 'string') return address
  const parsed = parseJid(address)
  return parsed.ok ? parsed.value : undefined
}
