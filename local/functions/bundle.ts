import { join } from 'node:path'
import { build } from 'esbuild'
import { functionsBuild } from '../../infra/bundle.ts'
import type { RouteKey } from '../gateway/events.ts'

/**
 * Bundles the functions into `outDir`, as for AWS, one `.mjs` file and source map each, and returns the files' paths.
 * Rejects with esbuild's BuildFailure.
 */
export async function bundleFunctions(
  outDir: string,
  entries?: Readonly<Record<RouteKey, string>>,
): Promise<Record<RouteKey, string>> {
  await build(functionsBuild(outDir, entries))
  return {
    $connect: join(outDir, 'connect.mjs'),
    $default: join(outDir, 'default.mjs'),
    $disconnect: join(outDir, 'disconnect.mjs'),
  }
}
