import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as z from 'zod/mini'
import { pathOf } from '../../local/docs.ts'

const versions = z.optional(z.record(z.string(), z.string()))
const packageFile = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
})
const locked = z.object({
  integrity: z.optional(z.string()),
  resolved: z.optional(z.string()),
  link: z.optional(z.boolean()),
  inBundle: z.optional(z.boolean()),
  optional: z.optional(z.boolean()),
  dev: z.optional(z.boolean()),
  hasInstallScript: z.optional(z.boolean()),
})
const lockFile = z.object({ packages: z.record(z.string(), locked) })

const read = (file: string): unknown => JSON.parse(readFileSync(pathOf(file), 'utf8'))
const { packages } = lockFile.parse(read('package-lock.json'))
const installed = Object.entries(packages).filter(([path]) => path.startsWith('node_modules/'))

test.each(['package.json', 'client/package.json'])('[LF1] %s asks for exact versions', file => {
  const { dependencies, devDependencies, optionalDependencies } = packageFile.parse(read(file))
  const asked = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
})

test('[LF2] whatever is installed comes from the registry and is held to its hash', () => {
  const unheld = installed.filter(([, entry]) => entry.integrity === undefined && entry.link !== true)
  // What is inside of another package is held by the hash of that; tools for other machines are not installed here.
  const open = unheld.filter(([, { inBundle, optional, dev }]) => inBundle !== true && !(optional && dev))
  expect(open.map(([path]) => path)).toEqual([])
  expect(installed.filter(([, { resolved, link }]) => resolved !== undefined && link !== true)).toEqual([])
})

test('[LF3] no package runs a script when it is installed but those that are known', () => {
  const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)
  expect(scripts).toEqual(['node_modules/classic-level', 'node_modules/esbuild'])
})
