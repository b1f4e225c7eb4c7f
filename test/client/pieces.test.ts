import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, framesOf, group } from '../../client/src/pieces.ts'
import type { SavedItem } from '../../client/src/store.ts'
import { checkText } from '../../client/src/text.ts'

function item(content: string): SavedItem {
  return {
    id: 'a',
    seq: 3,
    frame: { messageType: 'NEW_MESSAGE', to: 'jose', content },
    state: 'queued',
    atMs: 0,
  }
}

interface Frame {
  readonly id: string
  readonly seq: number
  readonly content: string
  readonly part?: readonly [number, number]
}

function parse(frames: readonly string[]): readonly Frame[] {
  return frames.map(frame => JSON.parse(frame) as Frame)
}

test('[PC1] a text within the limit is one frame without a part', () => {
  expect(parse(framesOf(item('hello'), 7))).toEqual([
    { seq: 3, id: 'a', messageType: 'NEW_MESSAGE', to: 'jose', content: 'hello' },
  ])
})

test('[PC2] a longer one is cut into numbered parts that each fit as JSON, and make the text again', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 200 })
  fc.assert(
    fc.property(texts, fc.integer({ min: 20, max: 80 }), (text, limit) => {
      const frames = parse(framesOf(item(text), limit))
      expect(frames.map(({ content }) => content).join('')).toBe(text)
      for (const [index, { id, seq, content, part }] of frames.entries()) {
        expect(bytesOf(JSON.stringify(content))).toBeLessThanOrEqual(limit)
        expect([id, seq]).toEqual(['a', 3])
        expect(part).toEqual(frames.length === 1 ? undefined : [index + 1, frames.length])
      }
    }),
    { numRuns: 30 },
  )
})

test('[PC3] frames are grouped in order, as many as fit; one that is too long goes alone', () => {
  expect(group(['aaaa', 'bb', 'cc', 'dddddddddd', 'e'], 8)).toEqual([
    ['aaaa', 'bb'],
    ['cc'],
    ['dddddddddd'],
    ['e'],
  ])
})

test('[PC4] what XML or the bridge would not take is refused at once', () => {
  const bad = ['', '\0', 'a\u{1b}[31m', '\u{fffe}', 'half \ud83d']
  for (const text of bad) expect(() => checkText(text)).toThrow(expect.objectContaining({ code: 'bad-text' }))
  for (const text of ['a', 'tab\tand\nline', '😀', 'é']) expect(() => checkText(text)).not.toThrow()
  expect(() => checkText('"'.repeat(40_000))).toThrow(expect.objectContaining({ code: 'too-large' }))
  expect(() => checkText('abc', 5)).not.toThrow()
  expect(() => checkText('abcd', 5)).toThrow(expect.objectContaining({ code: 'too-large' }))
})
