import { fileURLToPath } from 'node:url'
import * as z from 'zod/mini'
import { NODE_FLAGS } from '../infra/bundle.ts'
import type { Clock } from '../shared/clock.ts'
import { jsonOrNothing } from './json.ts'
import { runServer, startFailure } from './server-process.ts'

export interface WorkerOptions {
  /** What to run: the sources, or a bundle of them. Default the sources. */
  readonly entry?: string
  readonly env: Readonly<Record<string, string>>
  /** Takes each line that the worker prints (JSON). */
  readonly log: (line: string) => void
  readonly clock: Clock
}

export interface WorkerProcess {
  readonly id: string
  readonly pid: number
  /** `https://host:port` of its hand-off API. */
  readonly url: string
  readonly healthPort: number
  readonly exited: Promise<number | null>
  /** SIGTERM, after 3 s (or another time) SIGKILL; resolves when the process is gone. */
  stop(withinMs?: number): Promise<void>
  /** SIGKILL, as a crash would. */
  kill(): void
}

const SOURCES = fileURLToPath(new URL('../worker/main.ts', import.meta.url))

/** Its start takes about a second; a machine busy with other things gets many times that. */
const READY_WITHIN_MS = 30_000

const readyLine = z.object({
  event: z.literal('ready'),
  workerId: z.string(),
  url: z.string(),
  healthPort: z.int(),
})
type ReadyLine = z.infer<typeof readyLine>

/**
 * Starts a worker and resolves when functions can find it.
 * @throws ServerFailed with its last lines when it does not get that far.
 */
export async function startWorkerProcess({
  entry = SOURCES,
  env,
  log,
  clock,
}: WorkerOptions): Promise<WorkerProcess> {
  const ready = Promise.withResolvers<ReadyLine>()
  const child = await runServer({
    name: 'The worker',
    command: process.execPath,
    args: [...NODE_FLAGS, entry],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    clock,
    log: line => {
      const parsed = readyLine.safeParse(jsonOrNothing(line))
      if (parsed.success) ready.resolve(parsed.data)
      log(line)
    },
  })
  const fail = (what: string) => ready.reject(startFailure(child, what))
  const cancel = clock.after(READY_WITHIN_MS, () => fail(`was not ready after ${READY_WITHIN_MS / 1000} s`))
  void child.silent.then(() => fail('ended at its start'))
  try {
    const { workerId: id, url, healthPort } = await ready.promise
    const { pid, exited, stop, kill } = child
    return { id, pid, url, healthPort, exited, stop, kill }
  } catch (error) {
    await child.stop()
    throw error
  } finally {
    cancel()
  }
}
