import { spawnSync } from 'node:child_process'
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const DYNAMODB_LOCAL = join(import.meta.dirname, 'dynamodb_local.py')

/** Where LocalStack 4.14 looks for what its image brings along, and would fetch otherwise: `name/version`. */
const LIBRARIES = ['usr', 'lib', 'localstack'] as const
const DATABASE = ['dynamodb-local', '2'] as const
const JAVA = ['java', '21', 'bin', 'java'] as const

/**
 * Lays out LocalStack's own file system (its FILESYSTEM_ROOT) in the folder that set-up has filled: DynamoDB Local where
 * it expects it, and in place of its Java one that starts it on loopback.
 * @returns its root.
 */
export async function layOut(folder: string): Promise<string> {
  const root = join(folder, 'filesystem')
  const database = join(root, ...LIBRARIES, ...DATABASE)
  const java = join(root, ...LIBRARIES, ...JAVA)
  for (const path of [database, java]) await mkdir(dirname(path), { recursive: true })
  await rm(database, { force: true })
  await symlink(join(folder, 'dynamodb-local'), database)
  await writeFile(java, launcher(join(folder, 'venv', 'bin', 'python')))
  await chmod(java, 0o755)
  return root
}

/** Where util-linux is at hand, not even a SIGKILL of LocalStack leaves the database behind (prctl(2), PR_SET_PDEATHSIG). */
function launcher(python: string): string {
  const command = `env JAVA_HOME='${javaHome()}' '${python}' '${DYNAMODB_LOCAL}' "$@"`
  return `#!/bin/sh
if setpriv --pdeathsig TERM true 2>/dev/null; then exec setpriv --pdeathsig TERM ${command}; fi
exec ${command}
`
}

function javaHome(): string {
  const asked = spawnSync('java', ['-XshowSettings:properties', '-version'], { encoding: 'utf8' })
  const home = /java\.home = (.+)/.exec(asked.stderr ?? '')?.[1]
  if (home === undefined) throw new JavaMissing('There is no Java on PATH.', { cause: asked.error })
  return home.trim()
}

/** DynamoDB Local has nothing to run on. */
export class JavaMissing extends Error {
  override readonly name = 'JavaMissing'
}
