import { systemClock as clock } from '../../../shared/clock.ts'
import { ANY_CREDENTIALS, freshLogs, installedIn, notInstalled } from '../emulator.ts'
import type { Outcome } from '../outcome.ts'
import { runAndExit, type Ground } from '../run.ts'
import { runSuites, type Suite } from '../suites.ts'
import { startLocalStack } from './server.ts'
import { unavailable } from './unavailable.ts'

/** `npm run test:localstack`: what the last free LocalStack can run of the bridge, without Docker. */

const TITLE = 'LocalStack 4.14.0, host mode, with DynamoDB Local'

const SUITES: readonly Suite[] = [
  { part: 'Stores (DynamoDB)', file: 'test/shared/stores/dynamo.test.ts' },
  { part: 'Sealing (KMS)', file: 'test/aws/suites/kms-seal.suite.ts' },
]

await runAndExit(TITLE, run)

async function run({ folder, lifetime }: Ground): Promise<Outcome[]> {
  const installed = installedIn('localstack')
  if (installed === undefined)
    return notInstalled(
      'localstack',
      SUITES.map(({ part }) => part),
    )
  const logs = await freshLogs(installed)
  const { endpoint, stop } = await startLocalStack(installed, clock, line => logs.write('localstack', line))
  lifetime.defer(stop)
  console.log(`LocalStack answers at ${endpoint}`)
  const ran = await runSuites(
    SUITES,
    { ...ANY_CREDENTIALS, AWS_ENDPOINT_URL: endpoint, TEST_DYNAMODB_ENDPOINT: endpoint },
    folder,
  )
  return [...ran, ...(await unavailable(endpoint))]
}
