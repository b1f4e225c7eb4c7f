import { execFile } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { buildClient } from '../../client/build.ts'
import { problemsOf } from '../../client/check.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const client = join(import.meta.dirname, '..', '..', 'client')

test('[PK1] the package is small, and as Node, bundlers and TypeScript look for it', async () => {
  const folder = await temporaryFolder()
  for (const file of ['package.json', 'README.md']) await cp(join(client, file), join(folder, file))
  await buildClient(join(folder, 'dist'))
  expect(await problemsOf(folder)).toEqual([])
  const built = (await import(pathToFileURL(join(folder, 'dist', 'index.js')).href)) as object
  expect(Object.keys(built).toSorted()).toEqual([
    'ClientError',
    'StoreError',
    'createClient',
    'indexedDbStore',
    'memoryStore',
  ])
  expect(await readFile(join(folder, 'dist', 'index.js'), 'utf8')).not.toMatch(/\bfrom\s*["']/)
})

test('[PK2] its types need no others but AbortSignal, which Node and browsers have alike', async () => {
  await compile(
    `import { createClient, type Snapshot } from './dist/index.js'
     declare global { interface AbortSignal { readonly aborted: boolean } }
     export const look = (url: string): Snapshot => createClient({ url }).snapshot()`,
  )
})

test('[PK5] the example of its README compiles as it stands', async () => {
  const readme = await readFile(join(client, 'README.md'), 'utf8')
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
  expect(example).toContain("from 'stanzagate-client'")
  await compile(
    `${example.replace("'stanzagate-client'", "'./dist/index.js'")}
     declare global {
       interface AbortSignal { readonly aborted: boolean }
       const console: { log(...values: readonly unknown[]): void }
     }`,
  )
})

/** As an application would that has nothing but the package. Rejects with what the compiler says. */
async function compile(source: string): Promise<void> {
  const folder = await temporaryFolder()
  await buildClient(join(folder, 'dist'))
  const user = join(folder, 'user.mts')
  await writeFile(user, source)
  const tsc = join(client, '..', 'node_modules', 'typescript', 'bin', 'tsc')
  const options = '--ignoreConfig --noEmit --strict --lib es2022 --module nodenext --types'.split(' ')
  await promisify(execFile)(process.execPath, [tsc, ...options, '', user])
}
