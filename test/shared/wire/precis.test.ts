import fc from 'fast-check'
import { toUnicode } from 'tr46'
import { describe, expect, test } from 'vitest'
import { enforceOpaqueString, enforceUsernameCaseMapped } from '../../../shared/wire/precis.ts'
import { obeysBidiRule } from '../../../shared/wire/precis/bidi.ts'
import { consistsOf, derivedProperty } from '../../../shared/wire/precis/classes.ts'
import { inContext } from '../../../shared/wire/precis/context.ts'

const SEED = 8264

/** Code points that have rules of their own, so that random texts meet the rules. */
const RULED =
  'alLz09.-_=/ßςΣΑİÅKéＦ＠／ｶﾞㆍ·͵α׳״אבּ・ア漢٠٩۰۹بجاـ्क़ਂᄀ삭각♚Ⅳﬁ' +
  '\u0300\u0301\u0307\u0338\u0345\u200c\u200d\u00ad\u00a0\u3000\ufe0f\u0000\ufdd0\u{1e900}\u{1e922}\u{1f600}\u{e0001}'

const ruled = fc.string({ unit: fc.constantFrom(...Array.from(RULED)), maxLength: 8 })
const anyText = fc.oneof(ruled, fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: 'grapheme' }))

describe('UsernameCaseMapped (RFC 8265 section 3)', () => {
  test.each([
    ['juliet@example.com', 'juliet@example.com'],
    ['fussball', 'fussball'],
    ['fußball', 'fußball'],
    ['π', 'π'],
    ['Σ', 'σ'],
    ['σ', 'σ'],
    ['ς', 'ς'],
  ])('[PR1] the legal userpart <%s> of table 1 becomes <%s>', (text, enforced) => {
    expect(enforceUsernameCaseMapped(text)).toBe(enforced)
  })

  test.each(['foo bar', '', 'henryⅣ', '♚'])('[PR2] <%s> of table 2 is refused', text => {
    expect(enforceUsernameCaseMapped(text)).toBeUndefined()
  })

  test.each([
    ['fullwidth letters', 'Ｊｕｌｉｅｔ', 'juliet'],
    ['halfwidth katakana with its sound mark', 'ｶﾞ', 'ガ'],
    ['letters and marks apart', 'e\u0301', 'é'],
    ['ANGSTROM SIGN', '\u212b', 'å'],
    ['KELVIN SIGN', '\u212a', 'k'],
    ['Korean as separate jamo', '\u1100\u1161\u11a8', '각'],
    ['a word that ends in sigma', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
    ['the Turkish capital dotted I', 'İ', 'i\u0307'],
    ['the Turkish dotless i', 'ı', 'ı'],
  ])('[PR3] %s are mapped before the class is looked at', (_, text, enforced) => {
    expect(enforceUsernameCaseMapped(text)).toBe(enforced)
  })

  test.each([
    ['a sign that normalization makes of two that are allowed', '=\u0338'],
    ['a space of full width', 'a\u3000b'],
    ['MACRON of full width', '\uffe3'],
    ['a Hangul letter of half width', '\uffa1'],
  ])('[PR4] %s is refused after mapping', (_, text) => {
    expect(enforceUsernameCaseMapped(text)).toBeUndefined()
  })
})

describe('OpaqueString (RFC 8265 section 4)', () => {
  test.each([
    ['correct horse battery staple', 'correct horse battery staple'],
    ['Correct Horse Battery Staple', 'Correct Horse Battery Staple'],
    ['πßå', 'πßå'],
    ['Jack of ♦s', 'Jack of ♦s'],
    ['foo\u1680bar', 'foo bar'],
    ['  Swan  of   Avon   ', '  Swan  of   Avon   '],
    ['Richard Ⅳ', 'Richard Ⅳ'],
    ['\u212b', 'Å'],
    ['שa', 'שa'],
  ])('[PR5] <%s> becomes <%s>', (text, enforced) => {
    expect(enforceOpaqueString(text)).toBe(enforced)
  })

  test.each(['', 'my cat is a \tby', 'a\u0000', 'a\ufe0f', '\ud800', '\ufffe', '\ue000', '👨\u200d👩'])(
    '[PR6] %j is refused',
    text => {
      expect(enforceOpaqueString(text)).toBeUndefined()
    },
  )

  test('[PR7] every space of Unicode becomes SPACE', () => {
    const spaces =
      '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000'
    expect(enforceOpaqueString(spaces)).toBe(' '.repeat(spaces.length))
  })
})

describe('string classes (RFC 8264 sections 8 and 9)', () => {
  test.each([
    ['Exceptions, though a final sigma', 'ς', 'PVALID'],
    ['Exceptions, though a number letter', '〇', 'PVALID'],
    ['Exceptions', '·', 'CONTEXTO'],
    ['Exceptions, though a letter', '\u0640', 'DISALLOWED'],
    ['Unassigned', '\u0378', 'UNASSIGNED'],
    ['a noncharacter, which is not Unassigned', '\ufdd0', 'DISALLOWED'],
    ['ASCII7, though a symbol', '~', 'PVALID'],
    ['JoinControl, though ignorable', '\u200d', 'CONTEXTJ'],
    ['OldHangulJamo', '\u1100', 'DISALLOWED'],
    ['PrecisIgnorableProperties', '\u00ad', 'DISALLOWED'],
    ['PrecisIgnorableProperties, though a mark', '\ufe0f', 'DISALLOWED'],
    ['Controls', '\u0085', 'DISALLOWED'],
    ['HasCompat, though a letter', 'ﬁ', 'FREE_PVAL'],
    ['LetterDigits', 'é', 'PVALID'],
    ['LetterDigits, beyond the BMP', '\u{10400}', 'PVALID'],
    ['OtherLetterDigits', '\u20dd', 'FREE_PVAL'],
    ['Spaces', ' ', 'FREE_PVAL'],
    ['Symbols', '♚', 'FREE_PVAL'],
    ['Punctuation', '¿', 'FREE_PVAL'],
    ['a format control', '\u0600', 'DISALLOWED'],
    ['a private use code point', '\ue000', 'DISALLOWED'],
    ['a lone surrogate', '\udfff', 'DISALLOWED'],
  ])('[PR8] %s: %j is %s', (_, char, property) => {
    expect(derivedProperty(char)).toBe(property)
  })

  test('[PR9] what only the FreeformClass allows is the difference of the classes', () => {
    expect(consistsOf('freeform', 'a ♚')).toBe(true)
    expect(consistsOf('identifier', 'a♚')).toBe(false)
    expect(consistsOf('freeform', 'a\u00ad')).toBe(false)
  })
})

describe('contextual rules (RFC 5892 Appendix A)', () => {
  test.each([
    ['A.1 ZWNJ after a virama', 'क्\u200cष'],
    ['A.1 ZWNJ after a virama that begins the text', '\u0a4d\u200c'],
    ['A.1 ZWNJ between joining letters, as in Persian', 'می\u200cخواهم'],
    ['A.1 ZWNJ between joining letters and transparent marks', 'ج\u0610\u0610\u200c\u0610ا'],
    ['A.1 ZWNJ after a left-joining letter', '\ua872\u200cج'],
    ['A.1 two of them, each in its context', 'ب\u200cب\u200cب'],
    ['A.1 ZWNJ between small and capital letters of Adlam', '\u{1e922}\u200c\u{1e900}'],
    ['A.2 ZWJ after a virama', 'क्\u200dष'],
    ['A.3 MIDDLE DOT between two l', 'col·lecció'],
    ['A.4 KERAIA before Greek', '\u0375α'],
    ['A.5 GERESH after Hebrew', 'ש׳'],
    ['A.6 GERSHAYIM after Hebrew', 'צה״ל'],
    ['A.7 KATAKANA MIDDLE DOT beside Han', 'abc・d漢'],
    ['A.8 ARABIC-INDIC DIGITS alone', '٠١٢'],
    ['A.9 extended ones alone', '۰۱۲'],
  ])('[PR10] %s is in context', (_, text) => {
    expect(inContext(text)).toBe(true)
  })

  test.each([
    ['A.1 ZWNJ alone', '\u200c'],
    ['A.1 ZWNJ at the end', 'ج\u200c'],
    ['A.1 ZWNJ behind a letter that does not join on', 'ا\u200cب'],
    ['A.1 ZWNJ between a virama with a mark and nothing', '\u0a4d\u0610\u200c'],
    ['A.1 a second ZWNJ that leans on the first', 'ب\u200cب\u200c'],
    ['A.1 ZWNJ between Latin letters', 'ab\u200ccd'],
    ['A.2 ZWJ between joining letters', 'ب\u200dب'],
    ['A.2 ZWJ between emoji', '👩\u200d👩'],
    ['A.2 ZWJ behind a letter behind a virama', '\u0a4da\u200d'],
    ['A.2 ZWJ behind a virama and a mark of a higher class', 'A\u0acd\u0301\u200d'],
    ['A.3 MIDDLE DOT with an l on one side', 'l·a'],
    ['A.3 two MIDDLE DOTs', 'l··l'],
    ['A.4 KERAIA behind Greek', 'α\u0375'],
    ['A.5 GERESH before Hebrew', '׳ש'],
    ['A.6 GERSHAYIM between Latin', 'a״b'],
    ['A.7 KATAKANA MIDDLE DOT between Latin', 'abc・def'],
    ['A.8 both kinds of digits', '٠۰'],
    ['A.9 both kinds, the other way', '۰a٠'],
  ])('[PR11] %s is out of context', (_, text) => {
    expect(inContext(text)).toBe(false)
  })
})

describe('the Bidi Rule (RFC 5893 section 2)', () => {
  test.each([
    ['without right-to-left code points nothing is asked', '1a-'],
    ['nor by digits that are EN', '۱۲۳'],
    ['Hebrew', 'שלום'],
    ['Arabic that ends in a number and a mark', 'باب١\u0610'],
    ['punctuation inside', 'א.ב-ג'],
    ['European numbers', 'א12'],
  ])('[PR12] allowed: %s', (_, text) => {
    expect(obeysBidiRule(text)).toBe(true)
  })

  test.each([
    ['1: a digit in front', '1א'],
    ['1: a mark in front', '\u0610ب'],
    ['1: an Arabic number in front, and so digits alone', '٠١٢'],
    ['2: Latin inside', 'אaב'],
    ['3: punctuation at the end', 'אב-'],
    ['4: both kinds of numbers', 'ب1٢'],
    ['5: Latin in front', 'aא'],
  ])('[PR13] refused by condition %s', (_, text) => {
    expect(obeysBidiRule(text)).toBe(false)
  })

  test('[PR14] each code point of the IdentifierClass is judged as UTS 46 judges it', () => {
    const differing = identifierCodePoints()
      .flatMap(char => [char, `א${char}`, `א${char}א`, `א1${char}`, `א٠${char}`, `${char}א`, `a${char}`])
      .filter(label => !judgedAlike(label))
    expect(differing).toEqual([])
  })
})

describe('both profiles', () => {
  test('[PR15] enforcing twice is enforcing once', () => {
    fc.assert(
      fc.property(anyText, text => {
        for (const enforce of [enforceUsernameCaseMapped, enforceOpaqueString]) {
          const once = enforce(text)
          if (once !== undefined) expect(enforce(once)).toBe(once)
        }
      }),
      { seed: SEED, numRuns: 20_000 },
    )
  })

  test('[PR16] what comes out is in NFC, not empty, and shows (but for joiners in context)', () => {
    fc.assert(
      fc.property(anyText, text => {
        const name = enforceUsernameCaseMapped(text) ?? 'a'
        expect(name).toBe(name.toLowerCase().normalize('NFC'))
        expect(name).toMatch(/^[[^\p{C}\p{Z}\p{Lu}\p{Lt}]\u200c\u200d]+$/v)
        const opaque = enforceOpaqueString(text) ?? 'a'
        expect(opaque).toBe(opaque.normalize('NFC'))
        expect(opaque).toMatch(/^[ [^\p{C}\p{Z}]\u200c\u200d]+$/v)
      }),
      { seed: SEED, numRuns: 10_000 },
    )
  })
})

/**
 * The code points of the class in lower case, without Han and Hangul, which are many and all L, and without the two
 * that UTS 46 makes something else of: the dot, where it cuts, and U+0345.
 */
function identifierCodePoints(): string[] {
  return Array.from({ length: 0x110000 }, (_, at) => String.fromCodePoint(at)).filter(
    char =>
      !/[\u0345.\p{Script=Han}\p{Script=Hangul}]/u.test(char) &&
      consistsOf('identifier', char) &&
      char.toLowerCase() === char,
  )
}

/** A label that UTS 46 refuses for another reason, as a mark in front, tells nothing of its Bidi Rule. */
function judgedAlike(label: string): boolean {
  return toUnicode(label).error || obeysBidiRule(label) !== toUnicode(label, { checkBidi: true }).error
}
