/*
 * JavaScript does not show Bidi_Class, so the classes stand here, as far as the IdentifierClass needs them.
 * BN, CS, ES, ET and ON are one class, since RFC 5893 never tells them apart.
 */

/** AN: ARABIC-INDIC DIGITS and the digits of Hanifi Rohingya and Garay. */
const ARABIC_NUMBER = String.raw`[\u0660-\u0669\u{10d30}-\u{10d39}\u{10d40}-\u{10d49}]`

/** EN: the digits of ASCII and EXTENDED ARABIC-INDIC DIGITS. */
const EUROPEAN_NUMBER = String.raw`[0-9\u06f0-\u06f9]`

/** NSM: the nonspacing marks but for a few of Indic scripts that are L. */
const NONSPACING = String.raw`[\p{Mn}--[\u0cbf\u0cc6\u1b3a\u1b3c\u1b42\u{11a07}\u{11a08}\u{11c3f}]]`

/** The blocks whose code points are R or AL unless DerivedBidiClass.txt says otherwise. */
const BLOCKS = String.raw`\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}`

/** R and AL. */
const RIGHT_TO_LEFT = String.raw`[[${BLOCKS}]--[${ARABIC_NUMBER}${EUROPEAN_NUMBER}\p{M}]]`

/** The rest that is not L: punctuation of ASCII, what a contextual rule lets in, some modifier letters. */
const NEUTRAL_LETTER = String.raw`\u02b9\u02ba\u02c6-\u02cf\u02ec\u2e2f\ua67f\ua717-\ua71f\ua788`
const NEUTRAL = String.raw`[[[!-~]--[0-9A-Za-z]][\u200c\u200d\u00b7\u0375\u30fb${NEUTRAL_LETTER}]]`

const ENDING = `[${RIGHT_TO_LEFT}${ARABIC_NUMBER}${EUROPEAN_NUMBER}]`

const HAS_RIGHT_TO_LEFT = new RegExp(`[${RIGHT_TO_LEFT}${ARABIC_NUMBER}]`, 'v')

/** Conditions 1, 2 and 3 for a right-to-left label. */
const RIGHT_TO_LEFT_LABEL = new RegExp(
  `^(?=${RIGHT_TO_LEFT})[${ENDING}${NEUTRAL}${NONSPACING}]*${ENDING}${NONSPACING}*$`,
  'v',
)

/** Condition 4. */
const BOTH_NUMBERS = new RegExp(`^(?=.*${EUROPEAN_NUMBER}).*${ARABIC_NUMBER}`, 'sv')

/**
 * The Bidi Rule of RFC 5893 section 2 for a text of the IdentifierClass, applied as RFC 8265 section 3.3.1 asks:
 * only where there are right-to-left code points. Conditions 5 and 6 then have nothing left to decide: a text that
 * begins with L and holds such a code point breaks condition 5, whatever else it holds.
 */
export function obeysBidiRule(text: string): boolean {
  return !HAS_RIGHT_TO_LEFT.test(text) || (RIGHT_TO_LEFT_LABEL.test(text) && !BOTH_NUMBERS.test(text))
}
