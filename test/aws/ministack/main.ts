import { systemClock as clock } from '../../../shared/clock.ts'
import { ANY_CREDENTIALS, freshLogs, installedIn, notInstalled } from '../emulator.ts'
import { skipped, type Outcome } from '../outcome.ts'
import { runAndExit, type Ground } from '../run.ts'
import { runSuites, type Suite } from '../suites.ts'
import { CommandFailed, deployTo } from './cdk.ts'
import { LEFT_OUT } from './left-out.ts'
import { startMiniStack } from './server.ts'

/** `npm run test:ministack`: `cdk deploy` of the bridge to MiniStack, and tests on what was deployed. */

const TITLE = 'MiniStack 1.5.33'
const DEPLOY = 'cdk bootstrap, cdk deploy'

const SUITES: readonly Suite[] = [
  { part: 'Stores on the deployed tables', file: 'test/shared/stores/dynamo.test.ts' },
  { part: 'Sealing (KMS)', file: 'test/aws/suites/kms-seal.suite.ts' },
  { part: 'The deployed functions, and a worker', file: 'test/aws/suites/deployed.suite.ts' },
]

await runAndExit(TITLE, run)

async function run(ground: Ground): Promise<Outcome[]> {
  const installed = installedIn('ministack')
  if (installed === undefined) return notInstalled('ministack', [DEPLOY, ...SUITES.map(({ part }) => part)])
  const logs = await freshLogs(installed)
  const { endpoint, stop } = await startMiniStack(installed, ground.folder, clock, line =>
    logs.write('ministack', line),
  )
  ground.lifetime.defer(stop)
  console.log(`MiniStack answers at ${endpoint}`)
  const left = skipped('Types it cannot deploy', LEFT_OUT.join(', '))
  return [...(await deployAndTest(endpoint, installed, ground.folder)), left]
}

async function deployAndTest(endpoint: string, installed: string, folder: string): Promise<Outcome[]> {
  const began = clock.monotonic()
  try {
    const stack = await deployTo(endpoint, folder)
    const seconds = ((clock.monotonic() - began) / 1000).toFixed(1)
    const env = {
      ...ANY_CREDENTIALS,
      AWS_ENDPOINT_URL: endpoint,
      TEST_DYNAMODB_ENDPOINT: endpoint,
      TEST_TABLE_PREFIX: stack.tablePrefix,
      TEST_WEBSOCKET_URL: stack.webSocketUrl,
      TEST_WORKER_IMAGE: stack.workerImage,
      TEST_LOG_FOLDER: installed,
    }
    const deployed: Outcome = { part: DEPLOY, kind: 'passed', detail: `${stack.webSocketUrl}, ${seconds} s` }
    return [deployed, ...(await runSuites(SUITES, env, folder))]
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    console.error(error.message)
    const failed: Outcome = { part: DEPLOY, kind: 'failed', detail: 'see above' }
    return [failed, ...SUITES.map(({ part }) => skipped(part, 'nothing is deployed'))]
  }
}
