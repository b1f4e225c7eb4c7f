import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { bundleOptions, NODE_FLAGS } from './bundle.ts'

const workerFolder = join(import.meta.dirname, '..', 'worker')

/** What the image starts, in its folder. */
export const WORKER_COMMAND = ['node', ...NODE_FLAGS, 'worker.mjs'] as const
/** Ends with 0 while the worker in the same container answers. */
export const HEALTH_COMMAND = ['node', 'health-check.mjs'] as const

/**
 * Puts everything that `worker/Dockerfile` copies into a folder, beside it, and returns the path of the worker's bundle.
 * What was in the folder goes: the image is known by the hash of the whole, so a file of an earlier build would make it
 * another one. Throws esbuild's BuildFailure.
 */
export function bundleWorker(outDir: string, sourceDir = workerFolder): string {
  copyDockerfile(outDir, sourceDir)
  buildSync({
    ...bundleOptions,
    outdir: outDir,
    entryPoints: {
      worker: join(sourceDir, 'main.ts'),
      'health-check': join(sourceDir, 'health-check.ts'),
    },
  })
  return join(outDir, 'worker.mjs')
}

/** The folder without the bundles: enough where nothing is deployed. */
export function copyDockerfile(outDir: string, sourceDir = workerFolder): void {
  rmSync(outDir, { recursive: true, force: true })
  mkdirSync(outDir, { recursive: true })
  copyFileSync(join(sourceDir, 'Dockerfile'), join(outDir, 'Dockerfile'))
}
