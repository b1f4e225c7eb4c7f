import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import * as z from 'zod/mini'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = join(import.meta.dirname, '..', '..')
const LOCK = '{"packages":{}}'

/** A clone whose packages are installed, on a machine without Prosody and without anything that could install it. */
async function setUp(...args: string[]) {
  const clone = await temporaryFolder()
  await mkdir(join(clone, 'node_modules'))
  await writeFile(join(clone, 'package-lock.json'), LOCK)
  await writeFile(join(clone, 'node_modules', '.package-lock.json'), LOCK)
  for (const each of ['setup.mjs', 'setup']) {
    await cp(join(root, 'local', each), join(clone, 'local', each), { recursive: true })
  }
  const setup = [join(clone, 'local', 'setup.mjs'), ...args]
  return promisify(execFile)(process.execPath, setup, { cwd: clone, env: { PATH: clone } })
}

test('[SP1] a deployment needs packages and Node alone: no server is looked for', async () => {
  expect(await setUp('--packages-only')).toMatchObject({ stdout: '', stderr: '' })
  await expect(setUp()).rejects.toMatchObject({
    stderr: expect.stringContaining('Prosody is not installed') as string,
  })
})

const manifest = z.object({ scripts: z.record(z.string(), z.string()) })

test.each(['synth', 'deploy', 'cost'])('[SP2] npm run %s makes a fresh clone ready first', async script => {
  const { scripts } = manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  expect(scripts).toHaveProperty(script)
  expect(scripts[`pre${script}`]).toBe('node local/setup.mjs --packages-only')
})
