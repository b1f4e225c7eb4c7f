import { toASCII, toUnicode } from 'tr46'
import { consistsOf } from './precis/classes.ts'
import { inContext } from './precis/context.ts'

const STRICT = { checkBidi: true, checkHyphens: true, checkJoiners: true, useSTD3ASCIIRules: true }

/** RFC 1035 section 2.3.4; for a U-label it is the length of its A-label (RFC 5890 section 2.3.2.1). */
const MAX_LABEL_BYTES = 63

/**
 * An A-label has at least a byte for each character of its U-label, which composing (NFC) may have made of three or four
 * UTF-16 units. A longer label is refused unread: Punycode costs the square of its length.
 */
const MAX_LABEL_UNITS = 4 * MAX_LABEL_BYTES

/** UTS 46 section 4: what separates labels. */
const DOTS = /[.\u3002\uff0e\uff61]/u

/** RFC 3986 section 3.2.2. A zone identifier is no part of an address (RFC 9844). */
const IPV6_LITERAL = /^\[[0-9a-f:.]+\]$/iu

/** IgnorableBlocks (RFC 5892 section 2.4): marks of symbols and of musical notation, which PRECIS lets in. */
const IGNORABLE_BLOCK = /[\u20d0-\u20ff\u{1d100}-\u{1d24f}]/u

/**
 * Enforces a domainpart (RFC 7622 section 3.2); undefined when it is none. A name comes out in lower case with
 * U-labels, not A-labels, and without a final dot; an IPv6 address in brackets comes out in the one form of the
 * URL Standard.
 *
 * A name is mapped and checked by UTS 46 (nontransitional, so ß stays) and then held to what IDNA2008 asks
 * beyond it: no symbols or emoji, and the CONTEXTO rules. PRECIS has both from there, so its IdentifierClass serves.
 */
export function enforceDomainpart(text: string): string | undefined {
  return text.startsWith('[') ? enforceIpv6(text) : enforceName(text)
}

function enforceIpv6(text: string): string | undefined {
  const url = `http://${text}`
  return IPV6_LITERAL.test(text) && URL.canParse(url) ? new URL(url).hostname : undefined
}

function enforceName(text: string): string | undefined {
  if (text.split(DOTS).some(label => label.length > MAX_LABEL_UNITS)) return undefined
  const mapped = toUnicode(text, STRICT)
  if (mapped.error) return undefined
  // After mapping, for an ideographic full stop ends a name as well.
  const name = mapped.domain.replace(/\.$/u, '')
  return labelsFit(name) && name.split('.').every(isIdna2008Label) ? name : undefined
}

function labelsFit(name: string): boolean {
  const labels = toASCII(name)?.split('.') ?? ['']
  return labels.every(label => label.length > 0 && label.length <= MAX_LABEL_BYTES)
}

function isIdna2008Label(label: string): boolean {
  return !IGNORABLE_BLOCK.test(label) && consistsOf('identifier', label) && inContext(label)
}
