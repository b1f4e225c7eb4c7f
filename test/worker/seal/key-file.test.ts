import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keySeal } from '../../../worker/seal/key-file.ts'
import { SealBroken } from '../../../worker/seal/port.ts'
import { SERGIO, SCRAM, PASSWORD } from './subject.ts'

const seal = keySeal(randomBytes(32))

test.each([SCRAM, PASSWORD])('[SE1] what was sealed opens again: $kind', async credential => {
  expect(await seal.open(await seal.seal(credential, SERGIO), SERGIO)).toEqual(credential)
})

test('[SE2] nothing of a credential shows, and no two seals are alike', async () => {
  const [one, two] = [await seal.seal(PASSWORD, SERGIO), await seal.seal(PASSWORD, SERGIO)]
  expect(one).not.toBe(two)
  const bytes = Buffer.from(one.slice('aes1.'.length), 'base64url').toString('latin1')
  for (const secret of ['PLANTED', 'sergio', 'password']) expect(bytes).not.toContain(secret)
})

test.each([
  { ...SERGIO, sessionId: 's_other' },
  { ...SERGIO, username: 'jose' },
  { sessionId: SERGIO.username, username: SERGIO.sessionId },
])('[SE3] moved to another row it does not open: %o', async context => {
  const sealed = await seal.seal(SCRAM, SERGIO)
  await expect(seal.open(sealed, context)).rejects.toThrow(SealBroken)
})

test('[SE4] another key does not open it', async () => {
  const sealed = await seal.seal(SCRAM, SERGIO)
  await expect(keySeal(randomBytes(32)).open(sealed, SERGIO)).rejects.toThrow(SealBroken)
})

test('[SE5] whatever bit is changed, it does not open', async () => {
  const sealed = await seal.seal(PASSWORD, SERGIO)
  const bytes = Buffer.from(sealed.slice('aes1.'.length), 'base64url')
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async at => {
      const changed = Buffer.from(bytes)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      await expect(seal.open(`aes1.${changed.toString('base64url')}`, SERGIO)).rejects.toThrow(SealBroken)
    }),
  )
})

test.each(['', 'aes1.', 'aes1.AAAA', `aes1.${'A'.repeat(40)}`, 'kms1.AAAA', 'nonsense'])(
  '[SE6] what was never sealed here does not open: "%s"',
  async sealed => {
    await expect(seal.open(sealed, SERGIO)).rejects.toThrow(SealBroken)
  },
)
