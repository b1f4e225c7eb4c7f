import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BadSetting, namesReadBy, readSettings } from '../../shared/config.ts'

const given = { REGISTRATION: 'closed' }

test('[CF1] a part reads its own settings and no others', () => {
  const settings = readSettings('functions', { ...given, PORT: '1', HANDOFF_PORT: 'x' })
  expect(Object.keys(settings).toSorted()).toEqual([...namesReadBy('functions')].toSorted())
  expect(settings).not.toHaveProperty('PORT')
})

test('[CF2] what is not given, or given empty, has its default', () => {
  expect(readSettings('functions', { ...given, BCRYPT_COST: '' })).toMatchObject({
    REGISTRATION: 'closed',
    BCRYPT_COST: 10,
    ALLOWED_ORIGINS: '',
    ACCOUNTS_TABLE: 'stanzagate-accounts',
  })
})

test('[CF3] numbers are read as numbers, within their range', () => {
  for (const [text, value] of [
    ['4', 4],
    ['15', 15],
    ['1e1', 10],
    [' 7 ', 7],
  ] as const)
    expect(readSettings('functions', { ...given, BCRYPT_COST: text }).BCRYPT_COST).toBe(value)
})

test.each(['3', '16', '4.5', 'ten', '-5', 'NaN', 'Infinity', '10ms', '0x'])(
  '[CF4] a number that is none or out of range is refused with the range: %s',
  text => {
    expect(() => readSettings('functions', { ...given, BCRYPT_COST: text })).toThrow(
      new BadSetting('BCRYPT_COST', 'must be a whole number from 4 to 15'),
    )
  },
)

test('[CF5] a choice that is missing or none of the list is refused with what was expected', () => {
  expect(() => readSettings('functions', {})).toThrow(/The setting REGISTRATION must be given/)
  expect(() => readSettings('functions', { REGISTRATION: 'open' })).toThrow(
    'The setting REGISTRATION must be one of on-first-join, explicit, closed.',
  )
})

test('[CF6] the error names the setting, and shows no value', () => {
  fc.assert(
    fc.property(fc.uuid(), value => {
      try {
        readSettings('functions', { REGISTRATION: value, MANAGEMENT_ENDPOINT: value })
        return false
      } catch (error) {
        return (
          error instanceof BadSetting && error.setting === 'REGISTRATION' && !error.message.includes(value)
        )
      }
    }),
    { numRuns: 50 },
  )
})
