import { dirname, join } from 'node:path'
import type { Clock } from '../../../shared/clock.ts'
import { startEmulator, type RunningEmulator } from '../emulator.ts'

/** Measured 1.2 s; a busy machine takes many times that. */
const READY_WITHIN_MS = 60_000
/** It ends the processes of functions first. */
const STOP_WITHIN_MS = 10_000

/**
 * Starts MiniStack on loopback. What it keeps, the unpacked functions among it, is in `folder`.
 * @throws ServerFailed with its last lines when it does not come up.
 */
export async function startMiniStack(
  installed: string,
  folder: string,
  clock: Clock,
  log: (line: string) => void,
): Promise<RunningEmulator> {
  return startEmulator({
    name: 'MiniStack',
    command: join(installed, 'venv', 'bin', 'ministack'),
    args: [],
    // A deployed function gets all of this as well, so nothing else of this process's environment may be in it.
    env: port => ({
      // The first `node` on it runs the functions.
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      // These would listen on all addresses.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
    }),
    ready: /Running on http/,
    withinMs: READY_WITHIN_MS,
    stopWithinMs: STOP_WITHIN_MS,
    clock,
    log,
  })
}
