import { execFile } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import * as z from 'zod/mini'
import cdk from '../../cdk.json' with { type: 'json' }
import { temporaryFolder } from '../support/temporary-folder.ts'
import { LEAST } from './bridge.ts'

const root = join(import.meta.dirname, '..', '..')

/** Runs the app as `cdk` does, with nothing of this process's environment but PATH, in which Node 24 comes first. */
async function synthesize(env: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder()
  const bin = join(root, 'node_modules', '.bin')
  const run = promisify(execFile)('sh', ['-c', cdk.app], {
    cwd: root,
    env: {
      PATH: `${bin}:${process.env['PATH']}`,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify(cdk.context),
      ...env,
    },
  })
  return { folder, run }
}

const asset = z.object({
  source: z.object({ path: z.optional(z.string()), directory: z.optional(z.string()) }),
})
const assets = z.object({ files: z.record(z.string(), asset), dockerImages: z.record(z.string(), asset) })

/** The names of the files in all assets of the stack. */
async function uploadedFrom(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'Stanzagate.assets.json'), 'utf8')
  const { files, dockerImages } = assets.parse(JSON.parse(text))
  const sources = Object.values({ ...files, ...dockerImages }).map(
    ({ source }) => source.path ?? source.directory ?? '',
  )
  const folders = sources.filter(source => source.startsWith('asset.') && !source.includes('.zip'))
  const names = await Promise.all(folders.map(source => readdir(join(folder, source))))
  return names.flat()
}

/** A process that loads and runs all of CDK: some seconds, and more on a machine that is busy with other tests. */
const LIMIT = { timeout: 120_000 }

test(
  '[AP1] the app of cdk.json is synthesized without an account, a network or a Docker engine',
  LIMIT,
  async () => {
    const { folder, run } = await synthesize(LEAST)
    await run
    expect(await readdir(folder)).toContain('Stanzagate.template.json')
    expect(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).not.toHaveProperty('missing')
    // Nothing goes out unbuilt: what is uploaded was bundled by the synthesis itself.
    expect(await uploadedFrom(folder)).toEqual(
      expect.arrayContaining(['worker.mjs', 'connect.mjs', 'default.mjs', 'disconnect.mjs']),
    )
  },
)

test('[AP2] a wrong configuration is one sentence, and no stack', LIMIT, async () => {
  const { folder, run } = await synthesize({ ...LEAST, REGISTRATION: 'open' })
  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: 'The setting REGISTRATION must be one of on-first-join, explicit, closed.\n',
  })
  expect(await readdir(folder)).toEqual([])
})
