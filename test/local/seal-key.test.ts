import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sealKeyIn } from '../../local/seal-key.ts'
import { makeSeal } from '../../worker/seal/make.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('[LK1] a key is made that a worker takes, for its owner alone', async () => {
  const SEAL_KEY_FILE = await sealKeyIn(await temporaryFolder())
  expect(() => makeSeal({ KMS_KEY_ID: '', SEAL_KEY_FILE })).not.toThrow()
  expect((await stat(SEAL_KEY_FILE)).mode & 0o777).toBe(0o600)
})

test('[LK2] the next start finds the same key; another folder has another', async () => {
  const folder = await temporaryFolder()
  const first = await readFile(await sealKeyIn(folder))
  expect(await readFile(await sealKeyIn(folder))).toEqual(first)
  expect(await readFile(await sealKeyIn(await temporaryFolder()))).not.toEqual(first)
})

test('[LK3] what is no key is replaced by one', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'seal.key'), 'half')
  expect((await stat(await sealKeyIn(folder))).size).toBe(32)
})
