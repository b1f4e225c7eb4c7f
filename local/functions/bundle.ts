import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import type { RouteKey } from '../gateway/events.ts'

const functionsFolder = join(import.meta.dirname, '..', '..', 'functions')

/** The source file of each function. */
export const functionEntries: Readonly<Record<RouteKey, string>> = {
  $connect: join(functionsFolder, 'connect.ts'),
  $default: join(functionsFolder, 'default.ts'),
  $disconnect: join(functionsFolder, 'disconnect.ts'),
}

/** How a function is bundled, here as for AWS: whatever runs on a laptop is what would be deployed. */
const bundleOptions = {
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

/**
 * Bundles the functions into `outDir`, one `.mjs` file and source map each, and returns the files' paths.
 * Rejects with esbuild's BuildFailure.
 */
export async function bundleFunctions(
  outDir: string,
  entries: Readonly<Record<RouteKey, string>> = functionEntries,
): Promise<Record<RouteKey, string>> {
  await build({
    ...bundleOptions,
    outdir: outDir,
    entryPoints: { connect: entries.$connect, default: entries.$default, disconnect: entries.$disconnect },
  })
  return {
    $connect: join(outDir, 'connect.mjs'),
    $default: join(outDir, 'default.mjs'),
    $disconnect: join(outDir, 'disconnect.mjs'),
  }
}
