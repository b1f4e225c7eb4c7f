import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Logs } from '../../local/logs.ts'
import { within, type Clock } from '../../shared/clock.ts'
import { freePorts } from '../../local/ports.ts'
import {
  runServer,
  startFailure,
  type ServerCommand,
  type ServerProcess,
} from '../../local/server-process.ts'
import { COMPLETE, folderOf, type Emulator } from '../../local/setup/emulator-plan.mjs'

/** The root of the project. */
export const ROOT = join(import.meta.dirname, '..', '..')

/** An emulator that runs on loopback. */
export interface RunningEmulator {
  readonly endpoint: string
  readonly stop: () => Promise<void>
}

/** What the SDK wants to see before it talks to anything; no emulator checks it. */
export const ANY_CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
} as const

/** The folder that set-up has made for an emulator; undefined when it could not, as its own words said. */
export function installedIn(emulator: Emulator): string | undefined {
  const folder = join(ROOT, folderOf(emulator))
  return existsSync(join(folder, COMPLETE)) ? folder : undefined
}

/** The files of this run's logs, `logs/` in the folder of an emulator; those of the run before are gone. */
export async function freshLogs(folder: string): Promise<Logs> {
  await rm(join(folder, 'logs'), { recursive: true, force: true })
  return Logs.open(folder, false)
}

export interface Start extends Omit<ServerCommand, 'clock'> {
  /** What it prints when it answers requests. */
  readonly ready: RegExp
  readonly withinMs: number
  readonly clock: Clock
}

export interface EmulatorStart extends Omit<Start, 'env'> {
  /** Its environment, when it is to listen on this port. */
  readonly env: (port: number) => Start['env']
  /** Between SIGTERM and SIGKILL. */
  readonly stopWithinMs: number
}

/** Another program may take a free port between its choice and its use; three times in a row is something else. */
const PORT_CHOICES = 3
/** As Python says EADDRINUSE. */
const PORT_TAKEN = /address already in use/i

/**
 * Runs an emulator on a free port and resolves when it has said that it is ready.
 * @throws ServerFailed with its last lines when it does not get that far.
 */
export async function startEmulator({
  env,
  stopWithinMs,
  ...start
}: EmulatorStart): Promise<RunningEmulator> {
  for (let choice = 1; ; choice++) {
    const [port = 0] = await freePorts(1)
    try {
      const child = await startUntilReady({ ...start, env: env(port) })
      return { endpoint: `http://127.0.0.1:${port}`, stop: () => child.stop(stopWithinMs) }
    } catch (error) {
      if (!PORT_TAKEN.test(String(error)) || choice === PORT_CHOICES) throw error
    }
  }
}

/**
 * Runs a program and resolves when it has said that it is ready.
 * @throws ServerFailed with its last lines when it does not get that far.
 */
export async function startUntilReady({ ready, withinMs, clock, ...command }: Start): Promise<ServerProcess> {
  const said = Promise.withResolvers<void>()
  const child = await runServer({
    ...command,
    clock,
    log: line => {
      if (ready.test(line)) said.resolve()
      command.log?.(line)
    },
  })
  void child.silent.then(() => said.reject(startFailure(child, 'ended at its start')))
  let up = false
  try {
    await within(
      clock,
      withinMs,
      said.promise.then(() => (up = true)),
    )
    if (!up) throw startFailure(child, `was not ready after ${withinMs / 1000} s`)
    return child
  } catch (error) {
    await child.stop()
    throw error
  }
}
