import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** `npm run -w client check`: whether the package, once built, is as those who install it need it. */

const here = import.meta.dirname
const attw = join(here, '..', 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')

/** What a page loads before it can chat: 11 KB for the session, 1 for IndexedDB, 3 for tabs, and no room for more. */
const MAX_GZIP_BYTES = 15 * 1024

/** Everything that is wrong with a built package in a folder, in words. */
export async function problemsOf(folder: string): Promise<string[]> {
  const found = await Promise.all([packageProblems(folder), typeProblems(folder), sizeProblems(folder)])
  return found.flat()
}

async function packageProblems(folder: string): Promise<string[]> {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true })
  return messages.map(message => formatMessage(message, pkg ?? {}) ?? message.code)
}

/** As TypeScript finds the types of an ES module; there is none for `require`. */
async function typeProblems(folder: string): Promise<string[]> {
  const args = [attw, '--pack', folder, '--profile', 'esm-only', '--no-color', '--no-emoji']
  try {
    await promisify(execFile)(process.execPath, args)
    return []
  } catch (error) {
    return [outputOf(error)]
  }
}

async function sizeProblems(folder: string): Promise<string[]> {
  const bytes = gzipSync(await readFile(join(folder, 'dist', 'index.js')), { level: 9 }).length
  return bytes > MAX_GZIP_BYTES ? [`dist/index.js has ${bytes} bytes gzipped, above ${MAX_GZIP_BYTES}`] : []
}

/** What a program printed before it failed; else why it did not start. */
function outputOf(error: unknown): string {
  if (!(error instanceof Error && 'stdout' in error && 'stderr' in error)) return String(error)
  return `${String(error.stdout)}${String(error.stderr)}`
}

if (process.argv[1] === import.meta.filename) {
  const problems = await problemsOf(here)
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
}
