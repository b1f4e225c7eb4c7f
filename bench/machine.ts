import { execFile } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { promisify } from 'node:util'

/** What the figures depend on. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryMb: number
  readonly node: string
  readonly prosody: string
  readonly date: string
}

/** This machine cannot carry the bench, or not tell what it measured; the message says what to do. */
export class MachineUnfit extends Error {
  override readonly name = 'MachineUnfit'
}

/** Beside the sessions a process has its own files, and its sockets to callers, gateway and store. */
const FILES_BESIDE_SESSIONS = 500

export async function readMachine(nowMs: number): Promise<Machine> {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryMb: Math.round(totalmem() / 1024 ** 2),
    node: process.version,
    prosody: await prosodyVersion(),
    date: new Date(nowMs).toISOString(),
  }
}

/** @throws MachineUnfit */
export function assertFit(sessions: number): void {
  if (process.platform !== 'linux')
    throw new MachineUnfit('The bench reads /proc, and so it runs on Linux only.')
  const needed = sessions + FILES_BESIDE_SESSIONS
  const limit = openFilesLimit()
  if (limit < needed) {
    throw new MachineUnfit(
      `A process may open ${limit} files here, and ${sessions} sessions need ${needed}. Type "ulimit -n ${needed}" first, or run the bench with --quick.`,
    )
  }
}

interface LimitsReport {
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | 'unlimited' } }
}

/** The soft limit of this process, which its children inherit: what `ulimit -n` prints. */
function openFilesLimit(): number {
  const { userLimits } = process.report.getReport() as LimitsReport
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}

async function prosodyVersion(): Promise<string> {
  // `prosody` itself knows no `--version`: it would start.
  const { stdout } = await promisify(execFile)('prosodyctl', ['about'])
  return stdout.split('\n', 1)[0] ?? ''
}
