import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'

export const functionsFolder = join(import.meta.dirname, '..', 'functions')

/** The source file of each route's function. */
export const functionEntries = {
  $connect: join(functionsFolder, 'connect.ts'),
  $default: join(functionsFolder, 'default.ts'),
  $disconnect: join(functionsFolder, 'disconnect.ts'),
} as const

/**
 * How Node runs whatever runs on AWS. An error names its source, not a line of the bundle. Objects have no `__proto__`, through
 * which foreign keys reach the prototype that all share ("Prototype Pollution Prevention", OWASP Cheat Sheet Series).
 */
export const NODE_FLAGS = ['--enable-source-maps', '--disable-proto=delete'] as const

/** How whatever runs on AWS is bundled, on a laptop as well: what runs there is what would be deployed. */
export const bundleOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  sourcemap: true,
  minify: false,
  // CommonJS dependencies call `require` for Node's own modules, which an ES module does not have.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module'\nconst require = createBundleRequire(import.meta.url)",
  },
  logLevel: 'silent',
} as const satisfies BuildOptions

/** Builds `connect.mjs`, `default.mjs` and `disconnect.mjs` with a source map each; each exports `handler`. */
export function functionsBuild(
  outDir: string,
  entries: Readonly<Record<keyof typeof functionEntries, string>> = functionEntries,
): BuildOptions {
  return {
    ...bundleOptions,
    outdir: outDir,
    entryPoints: { connect: entries.$connect, default: entries.$default, disconnect: entries.$disconnect },
  }
}
