import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { certificateFor, isUsable } from '../../local/certificate.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DAY_MS = 24 * 3_600_000

test('[CE1] a certificate is kept until a week before its end, then made anew', async () => {
  const dir = await temporaryFolder()
  const clock = new FakeClock()
  const first = await certificateFor(dir, 'localhost', clock)
  clock.advance(357 * DAY_MS)
  expect((await certificateFor(dir, 'localhost', clock)).cert).toBe(first.cert)
  clock.advance(2 * DAY_MS)
  expect((await certificateFor(dir, 'localhost', clock)).cert).not.toBe(first.cert)
})

test('[CE2] a certificate is of use only with its own key', async () => {
  const clock = new FakeClock()
  const one = await certificateFor(await temporaryFolder(), 'localhost', clock)
  const two = await certificateFor(await temporaryFolder(), 'localhost', clock)
  expect(isUsable(one.cert, await readFile(one.keyFile, 'utf8'), clock.now())).toBe(true)
  expect(isUsable(one.cert, await readFile(two.keyFile, 'utf8'), clock.now())).toBe(false)
  expect(isUsable('half a certif', '', clock.now())).toBe(false)
})
