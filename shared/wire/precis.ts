import { obeysBidiRule } from './precis/bidi.ts'
import { consistsOf } from './precis/classes.ts'
import { inContext } from './precis/context.ts'

/** Fullwidth and halfwidth forms (UAX #11) that have a decomposition mapping. */
const WIDTH_VARIANT = /[\u3000\uff01-\uffee]/gu

/** Every Zs but SPACE itself. */
const NON_ASCII_SPACE = /[\p{Zs}--\u0020]/gv

/**
 * Enforces the UsernameCaseMapped profile (RFC 8265 section 3.3); undefined when the profile refuses the text.
 *
 * The rules run in the order of RFC 8264 section 7, so the class is looked at after mapping: Korean typed as
 * separate jamo and ANGSTROM SIGN become plain letters, where RFC 8265 section 3.3.2 can be read as refusing them.
 * Lowercase is that of the Unicode Standard and knows no locale, with ς at the end of a word. One pass is stable,
 * so none is repeated. The repertoire is that of the JavaScript engine's Unicode version.
 */
export function enforceUsernameCaseMapped(text: string): string | undefined {
  // NFKC of one such code point is its decomposition mapping, but for a few (Hangul letters, MACRON) that the
  // IdentifierClass refuses either way.
  const narrow = text.replace(WIDTH_VARIANT, char => char.normalize('NFKC'))
  const mapped = narrow.toLowerCase().normalize('NFC')
  const conforms =
    mapped !== '' && obeysBidiRule(mapped) && consistsOf('identifier', mapped) && inContext(mapped)
  return conforms ? mapped : undefined
}

/**
 * Enforces the OpaqueString profile (RFC 8265 section 4.2): case is kept, other spaces become SPACE, and spaces may
 * lead or trail. Undefined when the profile refuses the text. One pass is stable.
 */
export function enforceOpaqueString(text: string): string | undefined {
  const mapped = text.replace(NON_ASCII_SPACE, ' ').normalize('NFC')
  return mapped !== '' && consistsOf('freeform', mapped) && inContext(mapped) ? mapped : undefined
}
