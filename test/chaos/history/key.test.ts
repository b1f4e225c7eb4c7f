import { expect, test } from 'vitest'
import { keyIn, keyOf, keysIn, readKey, textOf } from './key.ts'

test('[CH1] a key says from whom, to whom, and which', () => {
  expect(readKey(keyOf('u1', 'u23', 4))).toEqual({ from: 'u1', to: 'u23', number: 4 })
  expect(readKey('u1>u2#4x')).toBeUndefined()
})

test('[CH2] a text is known by its key, long or short, and is the same each time', () => {
  for (const number of [1, 39, 40]) {
    const key = keyOf('u1', 'u2', number)
    expect(keyIn(textOf(key))).toBe(key)
    expect(textOf(key)).toBe(textOf(key))
  }
  expect(textOf(keyOf('u1', 'u2', 40)).length).toBeGreaterThan(8192)
  expect(keyIn('hello u1>u2#1')).toBeUndefined()
})

test('[CH3] keys are found in the JSON of a batch', () => {
  const json = JSON.stringify({
    frames: [{ content: textOf('u1>u2#1') }, { events: [{ content: 'u2>u1#9 ' }] }],
  })
  expect(keysIn(json)).toEqual(['u1>u2#1', 'u2>u1#9'])
})
