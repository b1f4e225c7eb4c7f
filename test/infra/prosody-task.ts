import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePorts } from '../../local/ports.ts'
import { runServer, startFailure } from '../../local/server-process.ts'
import { systemClock } from '../../shared/clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { environmentHere, type Container } from './containers.ts'

const START = join(import.meta.dirname, '..', '..', 'infra', 'xmpp-server', 'start.sh')
const READY_WITHIN_MS = 20_000
/** Whom the image runs it as; Prosody refuses root. */
const USER = 10_001

/** Where the two folders are that EFS keeps. */
export interface Folders {
  readonly data: string
  readonly certificate: string
}

/** Makes them in a folder that may be given away: what runs here as root may not be read by others. */
export async function makeFolders(given?: string): Promise<Folders> {
  const root = given ?? (await temporaryFolder())
  const folders = { data: join(root, 'data'), certificate: join(root, 'certificate') }
  for (const folder of Object.values(folders)) await mkdir(folder, { mode: 0o700 })
  if (isRoot()) for (const folder of [root, ...Object.values(folders)]) await chown(folder, USER, USER)
  return folders
}

export interface ProsodyTask {
  readonly tlsPort: number
  readonly lines: readonly string[]
  stop(): Promise<void>
}

/**
 * Starts what the image of the XMPP server starts, with the environment of its container, on loopback.
 * @param defer takes what stops it; by default it stops when the running test has finished.
 */
export async function startProsodyTask(
  container: Pick<Container, 'command' | 'environment'>,
  folders: Folders,
  defer: (stop: () => Promise<void>) => void = onTestFinished,
): Promise<ProsodyTask> {
  const [tlsPort = 0] = await freePorts(1)
  const env = environmentHere(container, { DATA_DIR: folders.data, CERTIFICATE_DIR: folders.certificate })
  const lines: string[] = []
  const ready = Promise.withResolvers<void>()
  const [command = '', ...args] = [
    ...asUser(),
    ...container.command.map(part => part.replace('/app/start.sh', START)),
  ]
  const child = await runServer({
    name: 'Prosody',
    command,
    args,
    env: { ...env, PATH: process.env['PATH'], INTERFACE: '127.0.0.1', TLS_PORT: String(tlsPort) },
    clock: systemClock,
    log: line => {
      lines.push(line)
      if (line.includes(`Activated service 'c2s_direct_tls' on [127.0.0.1]:${tlsPort}`)) ready.resolve()
    },
  })
  defer(() => child.stop())
  const cancel = systemClock.after(READY_WITHIN_MS, () => ready.reject(startFailure(child, 'was not ready')))
  void child.silent.then(() => ready.reject(startFailure(child, 'ended at its start')))
  await ready.promise
  cancel()
  return { tlsPort, lines, stop: child.stop }
}

/** Not as root, and no longer than this process lives, which has to be asked for again after the change of user. */
function asUser(): readonly string[] {
  if (!isRoot()) return []
  return ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--pdeathsig', 'TERM', '--']
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
