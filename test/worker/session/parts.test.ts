import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinText, splitText } from '../../../worker/session/parts.ts'
import { jsonBytes } from '../../../worker/translate/text.ts'

test('[PA1] a short text stays one frame without a part', () => {
  expect(splitText({ content: 'hello', id: 'm' }, 100)).toEqual([{ content: 'hello', id: 'm' }])
})

test('[PA2] a long text is cut into numbered parts that each fit, and a family of emoji stays whole', () => {
  const family = '👨‍👩‍👧‍👦'
  const parts = splitText({ content: family.repeat(4), id: 'm' }, 80)
  expect(parts.map(({ part }) => part)).toEqual([
    [1, 2],
    [2, 2],
  ])
  expect(parts.map(({ content }) => content)).toEqual([family.repeat(3), family])
})

test('[PA3] whatever the text, its parts fit and joined they are the text', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(text, fc.integer({ min: 400, max: 900 }), (content, maxBytes) => {
      const [first, ...rest] = splitText({ content, id: 'm' }, maxBytes)
      if (first === undefined) throw new Error('There is always one part')
      for (const part of [first, ...rest]) expect(jsonBytes(part.content)).toBeLessThanOrEqual(maxBytes)
      expect(joinText([first, ...rest])).toEqual({ content, id: 'm' })
    }),
  )
})
