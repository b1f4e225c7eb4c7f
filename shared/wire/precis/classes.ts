/** What RFC 8264 section 8 says of a code point; FREE_PVAL stands for "ID_DIS or FREE_PVAL". */
export type DerivedProperty = 'PVALID' | 'FREE_PVAL' | 'CONTEXTJ' | 'CONTEXTO' | 'DISALLOWED' | 'UNASSIGNED'

export type StringClass = 'identifier' | 'freeform'

interface Category {
  test(char: string): boolean
}

/** HasCompat (Q). */
const hasCompat: Category = { test: char => char.normalize('NFKC') !== char }

/**
 * RFC 8264 section 8, in its order, with the letters of section 9; the first category that holds decides.
 * BackwardCompatible (G) is the empty set, and what is left over (Cf, Co, Cs, Zl, Zp) is DISALLOWED.
 */
const categories: readonly (readonly [Category, DerivedProperty])[] = [
  // Exceptions (F), from RFC 5892 section 2.6.
  [/[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]/u, 'PVALID'],
  [/[\u00b7\u0375\u05f3\u05f4\u30fb\u0660-\u0669\u06f0-\u06f9]/u, 'CONTEXTO'],
  [/[\u302e\u302f\u0640\u07fa\u3031-\u3035\u303b]/u, 'DISALLOWED'],
  // Unassigned (J).
  [/[\p{Cn}--\p{Noncharacter_Code_Point}]/v, 'UNASSIGNED'],
  // ASCII7 (K).
  [/[!-~]/u, 'PVALID'],
  // JoinControl (H).
  [/\p{Join_Control}/u, 'CONTEXTJ'],
  // OldHangulJamo (I): the code points whose Hangul_Syllable_Type is L, V or T.
  [/[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb]/u, 'DISALLOWED'],
  // PrecisIgnorableProperties (M).
  [/[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u, 'DISALLOWED'],
  // Controls (L).
  [/\p{Cc}/u, 'DISALLOWED'],
  [hasCompat, 'FREE_PVAL'],
  // LetterDigits (A), from RFC 5892 section 2.1.
  [/[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u, 'PVALID'],
  // OtherLetterDigits (R), Spaces (N), Symbols (O), Punctuation (P).
  [/[\p{Lt}\p{Nl}\p{No}\p{Me}\p{Zs}\p{S}\p{P}]/u, 'FREE_PVAL'],
]

/** The derived property of one code point, given as a string; a lone surrogate is DISALLOWED. */
export function derivedProperty(char: string): DerivedProperty {
  return categories.find(([category]) => category.test(char))?.[1] ?? 'DISALLOWED'
}

/**
 * Whether each code point of the text may occur in the class (RFC 8264 sections 4.2 and 4.3). Code points with
 * a contextual rule count as allowed here; `inContext` looks at their neighbours.
 */
export function consistsOf(stringClass: StringClass, text: string): boolean {
  return Array.from(text).every(char => allows(stringClass, derivedProperty(char)))
}

function allows(stringClass: StringClass, property: DerivedProperty): boolean {
  switch (property) {
    case 'PVALID':
    case 'CONTEXTJ':
    case 'CONTEXTO':
      return true
    case 'FREE_PVAL':
      return stringClass === 'freeform'
    case 'DISALLOWED':
    case 'UNASSIGNED':
      return false
  }
}
