import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { functionEntries } from '../../../infra/bundle.ts'
import { bundleFunctions } from '../../../local/functions/bundle.ts'
import { startFunctions } from '../../../local/functions/pool.ts'
import { temporaryFolder } from './harness.ts'

const dependency =
  "const { createHash } = require('node:crypto')\nexports.hash = text => createHash('sha1').update(text)"

const entry = (name: string) => `
  import { hash } from './dependency.cjs'
  interface Event { text: string }
  export const handler = async (event: Event): Promise<string> => {
    if (event.text === '') throw new Error('empty')
    return '${name}:' + hash(event.text).digest('hex')
  }`

async function bundled() {
  const folder = await temporaryFolder()
  const file = (name: string) => join(folder, name)
  await writeFile(file('dependency.cjs'), dependency)
  for (const name of ['one', 'two', 'three']) await writeFile(file(`${name}.ts`), entry(name))
  const entries = { $connect: file('one.ts'), $default: file('two.ts'), $disconnect: file('three.ts') }
  return bundleFunctions(join(folder, 'out'), entries)
}

test('[FN13] bundles run as functions, CommonJS dependencies included', async () => {
  const handlers = await bundled()
  const pool = await startFunctions({ handlers, env: {} })
  onTestFinished(() => pool.stop())
  const sha1OfA = '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'
  expect(await pool.invoke('$connect', { text: 'a' })).toBe(`one:${sha1OfA}`)
  expect(await pool.invoke('$default', { text: 'a' })).toBe(`two:${sha1OfA}`)
  expect(await pool.invoke('$disconnect', { text: 'a' })).toBe(`three:${sha1OfA}`)
  // The source map leads an error back to the source.
  const error: unknown = await pool.invoke('$default', { text: '' }).catch((thrown: unknown) => thrown)
  expect(error).toHaveProperty('stack', expect.stringContaining('two.ts:5'))
})

test('[FN13] a bundle is one ES module with its source map and nothing to install', async () => {
  const handlers = await bundled()
  expect(handlers.$default).toMatch(/default\.mjs$/)
  const code = await readFile(handlers.$default, 'utf8')
  expect(code).not.toContain('dependency.cjs")')
  expect(JSON.parse(await readFile(`${handlers.$default}.map`, 'utf8'))).toHaveProperty('sources')
})

test('[FN13] a source that does not build is named in the error', async () => {
  const folder = await temporaryFolder()
  const broken = join(folder, 'broken.ts')
  await writeFile(broken, 'export const handler = (')
  const bundling = bundleFunctions(folder, { $connect: broken, $default: broken, $disconnect: broken })
  await expect(bundling).rejects.toThrow('broken.ts')
})

test('[FN13] the functions of the project are the default', () => {
  expect(Object.values(functionEntries).map(path => path.split('/').slice(-2).join('/'))).toEqual([
    'functions/connect.ts',
    'functions/default.ts',
    'functions/disconnect.ts',
  ])
})
