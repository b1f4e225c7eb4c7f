import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeSeal } from '../../../worker/seal/make.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { SCRAM, SERGIO } from './subject.ts'

async function fileOf(content: Buffer): Promise<string> {
  const file = join(await temporaryFolder(), 'seal.key')
  await writeFile(file, content)
  return file
}

test('[SM1] with neither setting the message names both', () => {
  expect(() => makeSeal({ KMS_KEY_ID: '', SEAL_KEY_FILE: '' })).toThrow(
    'The setting SEAL_KEY_FILE or KMS_KEY_ID must be given: credentials are never stored in the clear.',
  )
})

test('[SM2] two workers with the same key file open what the other sealed', async () => {
  const settings = { KMS_KEY_ID: '', SEAL_KEY_FILE: await fileOf(randomBytes(32)) }
  const sealed = await makeSeal(settings).seal(SCRAM, SERGIO)
  expect(await makeSeal(settings).open(sealed, SERGIO)).toEqual(SCRAM)
})

test.each([0, 31, 33])(
  '[SM3] a key file of %i bytes is refused, and its content is not shown',
  async length => {
    const SEAL_KEY_FILE = await fileOf(Buffer.alloc(length, 'x'))
    expect(() => makeSeal({ KMS_KEY_ID: '', SEAL_KEY_FILE })).toThrow(
      'The setting SEAL_KEY_FILE must name a file of exactly 32 bytes that can be read.',
    )
  },
)

test('[SM4] a key file that is missing is refused', () => {
  expect(() => makeSeal({ KMS_KEY_ID: '', SEAL_KEY_FILE: '/nowhere/seal.key' })).toThrow(/SEAL_KEY_FILE/)
})

test('[SM5] a KMS key goes before a file', () => {
  expect(() => makeSeal({ KMS_KEY_ID: 'alias/x', SEAL_KEY_FILE: '/nowhere/seal.key' })).not.toThrow()
})
