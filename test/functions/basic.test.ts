import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBasic } from '../../functions/basic.ts'

const encode = (text: string | Buffer) => Buffer.from(text).toString('base64')

test('[BA1] name and password are parted at the first colon', () => {
  expect(parseBasic(`Basic ${encode('sergio:pa:ss:')}`)).toEqual({ username: 'sergio', password: 'pa:ss:' })
})

test('[BA2] the scheme is read in any case, and padding may be missing', () => {
  const expected = { username: 'a', password: 'b' }
  expect(parseBasic(`bAsIc  ${encode('a:b')}`)).toEqual(expected)
  expect(parseBasic('Basic YTpi')).toEqual(expected)
  expect(parseBasic(`Basic ${encode('ab:c').replaceAll('=', '')}`)).toEqual({ username: 'ab', password: 'c' })
})

test('[BA3] both are UTF-8 (RFC 7617 section 2.1)', () => {
  expect(parseBasic(`Basic ${encode('josé:contraseña 😀')}`)).toEqual({
    username: 'josé',
    password: 'contraseña 😀',
  })
  // A byte order mark is a part of the name, not a mark to be dropped.
  expect(parseBasic(`Basic ${encode('\ufeffa:b')}`)).toEqual({ username: '\ufeffa', password: 'b' })
})

test.each([
  ['nothing', ''],
  ['no token', 'Basic'],
  ['another scheme', `Bearer ${encode('a:b')}`],
  ['no colon', `Basic ${encode('sergio')}`],
  ['no name', `Basic ${encode(':pass')}`],
  ['no password', `Basic ${encode('sergio:')}`],
  ['no Base64', 'Basic a*:b'],
  ['more than one token', `Basic ${encode('a:b')} ${encode('a:b')}`],
  ['padding where none belongs', 'Basic YTpj='],
  ['bits left over', 'Basic YTo6eB=='],
  ['URL-safe Base64', `Basic ${Buffer.from('a:???>>>').toString('base64url')}`],
  ['no UTF-8', `Basic ${encode(Buffer.from([0x61, 0x3a, 0xff, 0xfe]))}`],
  ['control characters', `Basic ${encode('a:b\r\nX-Evil: 1')}`],
  ['a NUL', `Basic ${encode('a:b\0c')}`],
  ['a name over the limit of JOIN', `Basic ${encode(`${'n'.repeat(1024)}:p`)}`],
  ['a password over the limit of JOIN', `Basic ${encode(`n:${'p'.repeat(1025)}`)}`],
])('[BA4] refused: %s', (_, header) => expect(parseBasic(header)).toBeUndefined())

test('[BA5] whatever the header, the answer is credentials or undefined', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.base64String()), text => {
      for (const header of [text, `Basic ${text}`]) {
        const credentials = parseBasic(header)
        if (credentials) expect(credentials.username.length).toBeGreaterThan(0)
      }
    }),
    { numRuns: 5000 },
  )
})
