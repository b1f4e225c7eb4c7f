import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDynamo } from '../local/dynamo.ts'
import { bundleFunctions } from '../local/functions/bundle.ts'
import { startFunctions } from '../local/functions/pool.ts'
import { startGateway } from '../local/gateway/server.ts'
import { seedAccounts } from '../local/prosody/accounts.ts'
import { startProsody, type ProsodyServer } from '../local/prosody.ts'
import { sealKeyIn } from '../local/seal-key.ts'
import { startWorkerProcess, type WorkerProcess } from '../local/workers.ts'
import { systemClock as clock } from '../shared/clock.ts'
import { tables } from '../shared/stores/definitions.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import { Generator } from './generator.ts'
import { accounts } from './users.ts'

/** What ends what a measure has started; given by the caller, so that Ctrl-C finds it too. */
export type Lifetime = AsyncDisposableStack

/** What every measure stands on. */
export interface Ground {
  readonly folder: string
  readonly prosody: ProsodyServer
  /** The settings that functions and workers share. */
  readonly settings: Readonly<Record<string, string>>
}

/** A worker that is called at its hand-off API; the callers' process takes what it pushes and stores. */
export interface CalledWorker {
  readonly callers: Generator
  readonly process: WorkerProcess
  /** How callers find and trust it. */
  readonly row: WorkerRow
}

/** Where a worker finds AWS. */
interface Aws {
  readonly store: string
  readonly management: string
}

/** Far above the messages that the bench has on their way; Lambda's own default is 1,000. */
const MAX_FUNCTION_PROCESSES = 16

/** Prosody with `people` accounts, and settings for a worker that can hold all of them. */
export async function startGround(lifetime: Lifetime, people: number): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'stanzagate-bench-'))
  // At the very end: what is still being started when the bench is stopped may write into it once more.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const dataDir = join(folder, 'prosody')
  const prosody = await startProsody({ dataDir })
  lifetime.defer(() => prosody.stop())
  await seedAccounts(dataDir, prosody.domain, accounts(people))
  const settings = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    REGISTRATION: 'closed',
    MAX_SESSIONS: String(people),
    SEAL_KEY_FILE: await sealKeyIn(folder),
    // A measure counts the sessions that are open, not those that were.
    SIMPLE_KEEP_MS: '0',
    // People do not write as fast as the bench does.
    FRAMES_PER_SECOND: '10000',
    FRAME_BURST: '100000',
  }
  return { folder, prosody, settings }
}

/**
 * A worker by itself. What stands for AWS takes all and does nothing: an emulator of gateway or store would take time of
 * the same cores that on AWS it does not.
 */
export async function startCalledWorker(lifetime: Lifetime, ground: Ground): Promise<CalledWorker> {
  const callers = startGenerator(lifetime)
  const { endpoint } = await callers.ask('sink', {})
  const worker = await startWorker(ground, { store: endpoint, management: endpoint })
  // Its sessions end with the XMPP server; a drain of thousands would only take time.
  lifetime.defer(async () => {
    worker.kill()
    await worker.exited
  })
  return { callers, process: worker, row: await callers.ask('workerRow', { workerId: worker.id }) }
}

/** The whole bridge as deployed, around one worker: gateway, store, functions as bundles in processes. Returns the gateway's address. */
export async function startBridge(lifetime: Lifetime, ground: Ground): Promise<string> {
  const store = await startDynamo({
    tables: tables.map(definition => ({ physicalName: `stanzagate-${definition.name}`, definition })),
  })
  lifetime.defer(() => store.stop())
  const functions = await startFunctions({
    handlers: await bundleFunctions(join(ground.folder, 'functions')),
    env: { ...ground.settings, AWS_ENDPOINT_URL_DYNAMODB: store.endpoint },
    maxConcurrency: MAX_FUNCTION_PROCESSES,
  })
  lifetime.defer(() => functions.stop())
  const gateway = await startGateway({ port: 0, invoke: functions.invoke })
  lifetime.defer(() => gateway.stop())
  const worker = await startWorker(ground, {
    store: store.endpoint,
    management: gateway.managementEndpoint,
  })
  lifetime.defer(() => worker.stop())
  return gateway.url
}

/** A process that makes load. */
export function startGenerator(lifetime: Lifetime): Generator {
  const generator = new Generator()
  lifetime.defer(() => generator.stop())
  return generator
}

/** With STARTTLS and logs, as by default. */
function startWorker({ folder, prosody, settings }: Ground, aws: Aws): Promise<WorkerProcess> {
  const { host, port, domain } = prosody
  const env = {
    ...settings,
    AWS_ENDPOINT_URL_DYNAMODB: aws.store,
    MANAGEMENT_ENDPOINT: aws.management,
    XMPP_URL: `xmpp://${host}:${port}`,
    XMPP_DOMAIN: domain,
    XMPP_CA_FILE: join(folder, 'prosody', 'certs', `${domain}.crt`),
  }
  return startWorkerProcess({ env, log: () => undefined, clock })
}
