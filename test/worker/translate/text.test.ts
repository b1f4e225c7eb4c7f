import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  asAttribute,
  asElementText,
  cutToBytes,
  cutToUnits,
  jsonBytes,
  splitByBytes,
} from '../../../worker/translate/text.ts'

const anyText = fc.string({
  unit: fc.oneof(
    fc.nat(0xffff).map(code => String.fromCharCode(code)),
    fc.constantFrom('\ud83d', '\ude00', '"', '\n', '\u0001', '👨‍👩‍👧', 'e\u0301'),
  ),
})

test('[TR1] a text that fits stays whole', () => {
  expect(cutToBytes('hello', 7)).toBe('hello')
  expect(cutToUnits('hello', 5)).toBe('hello')
})

test('[TR1] the limit counts the quotes and what JSON escapes', () => {
  expect(jsonBytes('a"é😀\n')).toBe(2 + 1 + 2 + 2 + 4 + 2)
  expect(cutToBytes('hello', 6)).toBe('hell')
  expect(cutToBytes('""""', 6)).toBe('""')
  expect(cutToBytes('hello', 1)).toBe('')
  expect(cutToBytes('hello', -5)).toBe('')
})

test('[TR2] a cut goes through no surrogate pair and no grapheme', () => {
  expect(cutToBytes('a😀', 6)).toBe('a')
  expect(cutToUnits('a😀', 2)).toBe('a')
  expect(cutToUnits('ab👨‍👩‍👧cd', 5)).toBe('ab')
  expect(cutToBytes('ae\u0301', 5)).toBe('a')
})

test('[TR2] what pretends to be one endless grapheme is cut through, between code points', () => {
  const decorated = `a${'\u0301'.repeat(1000)}`
  expect(cutToUnits(decorated, 500)).toHaveLength(500)
  const astral = `a${'\u{e0100}'.repeat(1000)}`
  expect(cutToUnits(astral, 500)).toHaveLength(499)
})

test('[TR3] any text is cut to a start of itself within the limit, and as little as that takes', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 2, max: 60 }), (text, limit) => {
      const cut = cutToBytes(text, limit)
      expect(text.startsWith(cut)).toBe(true)
      expect(jsonBytes(cut)).toBeLessThanOrEqual(limit)
      if (cut !== text) expect(jsonBytes(text)).toBeGreaterThan(limit)
      expect(cutToUnits(text, limit).length).toBeLessThanOrEqual(limit)
      expect(cutToUnits(text, limit).isWellFormed() || !text.isWellFormed()).toBe(true)
    }),
    { numRuns: 5000 },
  )
})

test('[TR4] line ends and white space are sent as an XML parser would read them', () => {
  expect(asElementText('a\r\nb\rc\nd\te')).toBe('a\nb\nc\nd\te')
  expect(asAttribute('a\r\nb\tc\nd')).toBe('a b c d')
})

test('[TR6] pieces of a text are within the limit as JSON, and together the text', () => {
  const limit = 200
  fc.assert(
    fc.property(anyText, text => {
      const pieces = splitByBytes(text, limit)
      expect(pieces.join('')).toBe(text)
      for (const piece of pieces) expect(jsonBytes(piece)).toBeLessThanOrEqual(limit)
    }),
  )
  expect(splitByBytes('', limit)).toEqual([''])
})
