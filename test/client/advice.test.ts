import { expect, test } from 'vitest'
import { isFinalEnd, isFinalRefusal, isTemporary } from '../../client/src/advice.ts'
import { errorCodes, forbiddenCodes, leaveCodes } from '../../shared/wire/codes.ts'

test('[CA1] a client does what the table of codes says', () => {
  for (const [code, { client }] of Object.entries(forbiddenCodes))
    expect(isFinalRefusal(code)).toBe(client === 'stop')
  for (const [code, { client }] of Object.entries(leaveCodes))
    expect(isFinalEnd(code)).toBe(client === 'stop')
  for (const [code, { client }] of Object.entries(errorCodes))
    expect(isTemporary(code)).toBe(client === 'back-off')
})

test('[CA2] a code of tomorrow stops a JOIN, and ends a session for a while', () => {
  expect(isFinalRefusal('too-old')).toBe(true)
  expect(isFinalEnd('maintenance')).toBe(false)
})
