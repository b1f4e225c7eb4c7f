import { expect, test } from 'vitest'
import { adviceOfForbidden, adviceOfLeave, isTemporary } from '../../client/src/advice.ts'
import { errorCodes, forbiddenCodes, leaveCodes } from '../../shared/wire/codes.ts'

test('[CA1] a client does what the table of codes says', () => {
  for (const [code, { client }] of Object.entries(forbiddenCodes))
    expect(adviceOfForbidden(code)).toBe(client)
  for (const [code, { client }] of Object.entries(leaveCodes)) expect(adviceOfLeave(code)).toBe(client)
  for (const [code, { client }] of Object.entries(errorCodes))
    expect(isTemporary(code)).toBe(client === 'back-off')
})

test('[CA2] a code of tomorrow stops a JOIN, and ends a session for a while', () => {
  expect(adviceOfForbidden('too-old')).toBe('stop')
  expect(adviceOfLeave('maintenance')).toBe('back-off')
})
