import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '../../local/setup/emulator-plan.mjs'
import { systemClock as clock } from '../../shared/clock.ts'
import { ANY_CREDENTIALS, freshLogs, installedIn } from '../aws/emulator.ts'
import { startLocalStack } from '../aws/localstack/server.ts'
import { deployTo } from '../aws/ministack/cdk.ts'
import { startMiniStack } from '../aws/ministack/server.ts'
import * as names from './environment.ts'
import { NotReached } from './reached.ts'
import type { Target } from './target.ts'

/**
 * Starts what the files of a run share, to be stopped by `lifetime`, and returns the variables by which they find it.
 * @throws ServerFailed or CommandFailed when an emulator does not start or takes no deployment.
 */
export async function prepare(
  target: Target,
  lifetime: AsyncDisposableStack,
): Promise<Record<string, string>> {
  switch (target.name) {
    case 'local':
    case 'aws':
      return {}
    case 'template': {
      // The CDK takes a second to load, which no other target shall wait for.
      const { synthesizeInto } = await import('./template/synth.ts')
      const folder = await folderFor(lifetime)
      synthesizeInto(folder)
      return { [names.ASSEMBLY_FOLDER]: folder }
    }
    case 'localstack':
      return onAws(target.endpoint ?? (await startInstalledLocalStack(lifetime)))
    case 'ministack':
      return prepareMiniStack(lifetime)
  }
}

async function startInstalledLocalStack(lifetime: AsyncDisposableStack): Promise<string> {
  const installed = folderOf('localstack')
  const logs = await freshLogs(installed)
  const { endpoint, stop } = await startLocalStack(installed, clock, line => logs.write('localstack', line))
  lifetime.defer(stop)
  return endpoint
}

async function prepareMiniStack(lifetime: AsyncDisposableStack): Promise<Record<string, string>> {
  const installed = folderOf('ministack')
  const folder = await folderFor(lifetime)
  const logs = await freshLogs(installed)
  const log = (line: string) => logs.write('ministack', line)
  const { endpoint, stop } = await startMiniStack(installed, folder, clock, log)
  lifetime.defer(stop)
  const stack = await deployTo(endpoint, folder)
  console.log(`cdk deploy to MiniStack: ${stack.webSocketUrl}`)
  return {
    ...onAws(endpoint),
    [names.TABLE_PREFIX]: stack.tablePrefix,
    [names.WEBSOCKET_URL]: stack.webSocketUrl,
    [names.WORKER_IMAGE]: stack.workerImage,
    [names.LOG_FOLDER]: installed,
  }
}

/** What the SDK reads, and where the tests of the stores go. */
function onAws(endpoint: string): Record<string, string> {
  return { ...ANY_CREDENTIALS, AWS_ENDPOINT_URL: endpoint, [names.DYNAMODB_ENDPOINT]: endpoint }
}

function folderOf(emulator: Emulator): string {
  const found = installedIn(emulator)
  if (found === undefined) throw new NotReached(`${emulator} is not installed.`)
  return found
}

async function folderFor(lifetime: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stanzagate-aws-'))
  lifetime.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}
