import { join } from 'node:path'
import type { ServerProcess } from '../../local/server-process.ts'
import { systemClock as clock } from '../../shared/clock.ts'
import { startUntilReady } from '../aws/emulator.ts'

/** A worker starts in about a second; a machine busy with other things gets many times that. */
const READY_WITHIN_MS = 60_000

export interface WorkerTask {
  /** Of the container: `node`, its options, and files of the image. */
  readonly command: readonly string[]
  /** The folder of its image. */
  readonly image: string
  readonly env: Readonly<Record<string, string>>
  readonly log?: (line: string) => void
}

/**
 * Runs the worker of a task definition as a process, and resolves when functions can find it.
 * @throws ServerFailed with its last lines when it does not get that far.
 */
export function startWorkerTask({ command, image, env, log }: WorkerTask): Promise<ServerProcess> {
  const [, ...args] = command
  return startUntilReady({
    name: 'The worker of the task definition',
    command: process.execPath,
    args: args.map(arg => (arg.endsWith('.mjs') ? join(image, arg) : arg)),
    env,
    ready: /"event":"ready"/,
    withinMs: READY_WITHIN_MS,
    ...(log && { log }),
    clock,
  })
}
