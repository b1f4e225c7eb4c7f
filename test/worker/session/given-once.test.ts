import { expect, test } from 'vitest'
import { givenOnce } from '../../../worker/session/given-once.ts'

test('[GO1] the credential of a JOIN is there for the first login, and for nobody after it', async () => {
  const ask = givenOnce({ kind: 'password', username: 'ana', password: 'p' })
  expect(await ask()).toEqual({ kind: 'password', username: 'ana', password: 'p' })
  expect(await ask()).toBeUndefined()
})
