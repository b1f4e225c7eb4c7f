import { toUnicode } from 'tr46'

/** One pattern for each CONTEXTO rule of RFC 5892; it matches a text that breaks the rule. */
const BROKEN_RULES: readonly RegExp[] = [
  // A.3: MIDDLE DOT stands between two l, as in Catalan.
  /(?<!l)\u00b7|\u00b7(?!l)/u,
  // A.4: GREEK LOWER NUMERAL SIGN (KERAIA) stands before Greek.
  /\u0375(?!\p{Script=Greek})/u,
  // A.5 and A.6: HEBREW PUNCTUATION GERESH and GERSHAYIM stand after Hebrew.
  /(?<!\p{Script=Hebrew})[\u05f3\u05f4]/u,
  // A.7: KATAKANA MIDDLE DOT needs Hiragana, Katakana or Han somewhere in the text.
  /^(?!.*[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]).*\u30fb/su,
  // A.8 and A.9: ARABIC-INDIC DIGITS and the extended ones do not mix.
  /^(?=.*[\u0660-\u0669]).*[\u06f0-\u06f9]/su,
]

/** ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER; captured, so that `split` keeps them. */
const JOINER = /([\u200c\u200d])/u

/** Everything but the letters, marks and numbers that UTS 46 leaves as they are (the two cases of Adlam join alike). */
const NOT_JUDGED = /[^[\p{L}\p{M}\p{N}]--[\p{Changes_When_NFKC_Casefolded}--\p{Script=Adlam}]]/gv

/** A letter that neither joins nor composes with a mark. */
const FILLER = '\u4e00'

/** Whether each code point that needs a context stands in one (RFC 5892 Appendix A, by way of RFC 8264 section 8). */
export function inContext(text: string): boolean {
  return !BROKEN_RULES.some(broken => broken.test(text)) && joinersFit(text)
}

function joinersFit(text: string): boolean {
  const [first = '', ...rest] = text.split(JOINER)
  let before = first
  for (let at = 0; at < rest.length; at += 2) {
    const [joiner = '', after = ''] = rest.slice(at, at + 2)
    if (!joinerFits(before, joiner, after)) return false
    before = after
  }
  return true
}

/**
 * RFC 5892 A.1 and A.2 ask for Canonical_Combining_Class and Joining_Type, which JavaScript does not show. UTS 46
 * holds the same two rules (CheckJoiners), so it is asked, about a label that differs from the text only where the
 * rules do not look: a filler for what cannot join, and one in front, as a label may not begin with a mark. One
 * code point is judged amiss: a joiner behind U+0345, which UTS 46 makes a letter, is refused.
 */
function joinerFits(before: string, joiner: string, after: string): boolean {
  const [left, right] = [before, after].map(text => text.replace(NOT_JUDGED, FILLER))
  return !toUnicode(`${FILLER}${left}${joiner}${right}`, { checkJoiners: true }).error
}
