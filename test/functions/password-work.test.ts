import { compare } from 'bcryptjs'
import type * as Bcrypt from 'bcryptjs'
import { expect, test, vi } from 'vitest'
import { bcryptPasswords } from '../../functions/password.ts'

// The clock of a busy machine proves nothing, so what is looked at is the work that bcrypt is given.
vi.mock('bcryptjs', async importOriginal => {
  const original = await importOriginal<typeof Bcrypt>()
  return { ...original, compare: vi.fn(original.compare) }
})

/** Version, rounds and a salt of 22 characters, then 31 of the hash; bcrypt does not begin with anything shorter. */
const WHOLE_HASH = /^\$2b\$05\$[./\w]{53}$/

test('[PW7] a name without a hash costs the work of one with a hash: the same rounds, and a whole hash to compare', async () => {
  const passwords = bcryptPasswords(5)
  const known = await passwords.hash('right')
  expect(await passwords.matches('wrong', known)).toBe(false)
  expect(await passwords.matches('wrong', undefined)).toBe(false)
  const compared = vi.mocked(compare).mock.calls.map(([password, hash]) => [password, hash])
  expect(compared).toEqual([
    ['wrong', known],
    ['wrong', expect.stringMatching(WHOLE_HASH)],
  ])
  expect(known).toMatch(WHOLE_HASH)
})
