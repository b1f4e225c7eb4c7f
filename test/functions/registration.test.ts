import { expect, test } from 'vitest'
import { refusalCode, wantsRegistration } from '../../functions/registration.ts'

test.each([
  ['on-first-join', false, false, true],
  ['on-first-join', false, true, false],
  ['on-first-join', true, true, true],
  ['explicit', false, false, false],
  ['explicit', true, false, true],
  ['explicit', true, true, true],
  ['closed', true, false, false],
  ['closed', false, false, false],
] as const)('[RG1] mode %s, asked %s, known %s: registers %s', (mode, asked, known, wants) => {
  expect(wantsRegistration(mode, asked, known)).toBe(wants)
})

const none = { kind: 'none' } as const
const held = { kind: 'held', key: 'k' } as const
const over = { kind: 'over', retryAfterMs: 1 } as const

test.each([
  ['bad-credentials', { mode: 'on-first-join', asked: false, reservation: held }, 'bad-credentials'],
  ['bad-credentials', { mode: 'on-first-join', asked: false, reservation: over }, 'registration-limited'],
  ['bad-credentials', { mode: 'explicit', asked: true, reservation: over }, 'registration-limited'],
  ['bad-credentials', { mode: 'explicit', asked: false, reservation: none }, 'bad-credentials'],
  ['bad-credentials', { mode: 'closed', asked: true, reservation: none }, 'registration-closed'],
  ['bad-credentials', { mode: 'closed', asked: false, reservation: none }, 'bad-credentials'],
  ['registration-refused', { mode: 'explicit', asked: true, reservation: held }, 'registration-refused'],
] as const)('[RG2] the worker says %s with %o: the client is told %s', (code, asked, told) => {
  expect(refusalCode(code, asked)).toBe(told)
})
