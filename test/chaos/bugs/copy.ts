import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Where the patch of a bug lies. */
export function patchFile(name: string): string {
  return fileURLToPath(new URL(`${name}.patch`, import.meta.url))
}

/** Whether a patch still fits the tree; undefined when it does, else git's words. */
export async function misfit(name: string): Promise<string | undefined> {
  return run('git', ['apply', '--check', patchFile(name)], { cwd: ROOT }).then(
    () => undefined,
    (error: unknown) => String(error),
  )
}

/** The tree as it stands, uncommitted changes and all, in a folder of its own with the patch applied. */
export async function patchedCopy(lifetime: AsyncDisposableStack, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stanzagate-bug-'))
  lifetime.defer(() => rm(folder, { recursive: true, force: true }))
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  })
  for (const file of listed.stdout.split('\0').filter(path => path !== '')) {
    await mkdir(join(folder, dirname(file)), { recursive: true })
    // One that was deleted and not committed is still listed.
    await cp(join(ROOT, file), join(folder, file)).catch(() => undefined)
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await run('git', ['apply', patchFile(name)], { cwd: folder })
  return folder
}
