import { join } from 'node:path'
import type { Clock } from '../../../shared/clock.ts'
import { startEmulator, type RunningEmulator } from '../emulator.ts'
import { layOut } from './filesystem.ts'

/** Measured 12 s, and 20 s at the first start, which builds a catalogue of services; a busy machine takes many times that. */
const READY_WITHIN_MS = 180_000
/** It takes 2 to 9 s to end, and its database with it. */
const STOP_WITHIN_MS = 20_000

/**
 * Starts LocalStack in host mode, without Docker, with the services that this project uses and the release has.
 * @throws JavaMissing, and ServerFailed with its last lines when it does not come up.
 */
export async function startLocalStack(
  folder: string,
  clock: Clock,
  log: (line: string) => void,
): Promise<RunningEmulator> {
  const root = await layOut(folder)
  return startEmulator({
    name: 'LocalStack',
    command: join(folder, 'venv', 'bin', 'python'),
    args: ['-m', 'localstack.runtime.main'],
    env: port => ({
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      FILESYSTEM_ROOT: root,
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      SERVICES: 'dynamodb,kms',
      // "Ready." then means that both can be used.
      EAGER_SERVICE_LOADING: '1',
      DYNAMODB_IN_MEMORY: '1',
      // In a container of another kind it would write to /var/lib.
      OVERRIDE_IN_DOCKER: '0',
      // Nothing here may ask the network for anything.
      DNS_ADDRESS: '0',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
    }),
    ready: /^Ready\.$/,
    withinMs: READY_WITHIN_MS,
    stopWithinMs: STOP_WITHIN_MS,
    clock,
    log,
  })
}
