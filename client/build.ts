import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

/** Makes `dist`: one module for browsers and Node with what it needs inside, its source map, and its types. */

const here = import.meta.dirname
const root = join(here, '..')
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

/** `from './api.ts'` and the like, in a declaration file. */
const IMPORT = /(?<=\bfrom ['"]|\bimport\(['"]|\bimport ['"])[^'"]+(?=['"])/g

/** A declaration file names a package, which whoever uses this one would have to install. */
class ForeignImport extends Error {
  override readonly name = 'ForeignImport'

  constructor(file: string, specifier: string) {
    super(`${file} imports ${specifier}: the types of the package must stand alone`)
  }
}

/** The package in a folder, as it is published. Rejects with esbuild's BuildFailure, or with what the compiler says. */
export async function buildClient(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true })
  await Promise.all([bundleClient(join(outDir, 'index.js')), declareClient(outDir)])
}

/** The module alone, and its source map beside it: what a page needs. Takes a fraction of a second. */
export async function bundleClient(outFile: string): Promise<void> {
  await build({
    entryPoints: [join(here, 'src', 'index.ts')],
    outfile: outFile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    // What every browser with Web Locks understands that is younger than three years.
    target: 'es2022',
    minify: true,
    // A field without a value is there for its type alone.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    sourcemap: true,
    legalComments: 'none',
    logLevel: 'silent',
  })
}

async function declareClient(outDir: string): Promise<void> {
  const made = await mkdtemp(join(tmpdir(), 'stanzagate-types-'))
  try {
    const compiler = [tsc, '-p', join(here, 'tsconfig.build.json'), '--outDir', made]
    await promisify(execFile)(process.execPath, compiler)
    await copyReachable(made, join(outDir, 'types'), join('client', 'src', 'index.d.ts'))
    await writeFile(join(outDir, 'index.d.ts'), "export * from './types/client/src/index.js'\n")
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

/** Copies a declaration file and those it imports, so that what is not public is not published either. */
async function copyReachable(
  from: string,
  to: string,
  file: string,
  seen = new Set<string>(),
): Promise<void> {
  if (seen.has(file)) return
  seen.add(file)
  const text = await readFile(join(from, file), 'utf8')
  const specifiers = text.match(IMPORT) ?? []
  const foreign = specifiers.find(specifier => !specifier.startsWith('.'))
  if (foreign !== undefined) throw new ForeignImport(file, foreign)
  await mkdir(dirname(join(to, file)), { recursive: true })
  // The compiler keeps `.ts`, which only finds a source; `.js` finds the declaration.
  await writeFile(
    join(to, file),
    text.replace(IMPORT, specifier => specifier.replace(/\.ts$/, '.js')),
  )
  for (const specifier of new Set(specifiers)) {
    await copyReachable(from, to, join(dirname(file), specifier.replace(/\.ts$/, '.d.ts')), seen)
  }
}

if (process.argv[1] === import.meta.filename) await buildClient(join(here, 'dist'))
