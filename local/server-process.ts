import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { within, type Clock } from '../shared/clock.ts'

/** A well-behaved server saves and leaves in milliseconds (Prosody 6 ms, ejabberd 1 s); past this it is stuck. */
const STOP_WITHIN_MS = 3_000
/** What a person needs to see of a server that died at start. */
const LINES_KEPT = 20

export interface ServerCommand {
  /** What people call it, for error messages. */
  name: string
  command: string
  args: readonly string[]
  env?: NodeJS.ProcessEnv
  log?: (line: string) => void
  clock: Clock
}

export interface ServerProcess {
  name: string
  pid: number
  /** The exit code, or null when a signal ended it. */
  exited: Promise<number | null>
  /** The last lines it printed; all of them once `silent` has resolved. */
  lastLines: () => readonly string[]
  /** Resolves when nothing can be printed any more, a little after the end. */
  silent: Promise<void>
  /** SIGTERM, after 3 s (or another time) SIGKILL; resolves when the process is gone. */
  stop: (withinMs?: number) => Promise<void>
  /** SIGKILL, as a crash would. */
  kill: () => void
}

/** A server that this project runs did not start. */
export class ServerFailed extends Error {
  override readonly name = 'ServerFailed'
}

/** The error of a server that did not come up: `what` became of it, and what it said last. */
export function startFailure(child: ServerProcess, what: string): ServerFailed {
  const lines = child.lastLines().map(line => `  ${line}`)
  const said = lines.length === 0 ? 'It printed nothing.' : `Its last lines:\n${lines.join('\n')}`
  return new ServerFailed(`${child.name} ${what}. ${said}`)
}

/**
 * Runs a server program in the foreground as a child.
 * @throws ServerFailed when it cannot be run at all.
 */
export async function runServer(server: ServerCommand): Promise<ServerProcess> {
  const [command, args] = dyingWithParent(server.command, server.args)
  // A process group of its own: Ctrl-C in the terminal reaches only the parent, which stops things in order.
  const child = spawn(command, args, { env: server.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const exited = new Promise<number | null>(resolve => void child.once('exit', resolve))
  const silent = new Promise<void>(resolve => void child.once('close', () => resolve()))
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw new ServerFailed(`${server.name} cannot be run: ${String(cause)}`, { cause })
  }
  // A signal that cannot be sent is an 'error' event too; `exited` alone says whether the process lives.
  child.on('error', () => undefined)
  const lines = keepLines([child.stdout, child.stderr], server.log)
  return {
    name: server.name,
    pid: child.pid ?? 0,
    exited,
    lastLines: () => lines,
    silent,
    stop: (withinMs = STOP_WITHIN_MS) => stopChild(child, exited, withinMs, server.clock),
    kill: () => void child.kill('SIGKILL'),
  }
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<unknown>,
  withinMs: number,
  clock: Clock,
): Promise<void> {
  child.kill('SIGTERM')
  await within(clock, withinMs, exited)
  // Means nothing to a process that is gone.
  child.kill('SIGKILL')
  await exited
}

function keepLines(outputs: readonly Readable[], log: ServerCommand['log']): readonly string[] {
  const kept: string[] = []
  for (const input of outputs) {
    createInterface({ input }).on('line', line => {
      if (line.trim() !== '') kept.push(line)
      if (kept.length > LINES_KEPT) kept.shift()
      log?.(line)
    })
  }
  return kept
}

/** Where util-linux is at hand (prctl(2), PR_SET_PDEATHSIG), not even a SIGKILL of the parent leaves the server behind. */
function dyingWithParent(command: string, args: readonly string[]): [string, readonly string[]] {
  const wrapper = ['--pdeathsig', 'TERM', '--']
  canWrap ??= process.platform === 'linux' && spawnSync('setpriv', [...wrapper, 'true']).status === 0
  return canWrap ? ['setpriv', [...wrapper, command, ...args]] : [command, args]
}
let canWrap: boolean | undefined
