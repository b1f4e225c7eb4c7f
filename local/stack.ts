import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { functionEntries } from '../infra/bundle.ts'
import { readSettings } from '../shared/config.ts'
import { tables as definitions, type TableName } from '../shared/stores/definitions.ts'
import type { NamedTable } from './dynamo/tables.ts'
import { startDynamo, type LocalDynamo } from './dynamo.ts'
import { bundleFunctions } from './functions/bundle.ts'
import { startFunctions, type FunctionPool } from './functions/pool.ts'
import { startGateway, type Gateway, type Pages } from './gateway/server.ts'
import type { XmppServer } from './prosody.ts'
import { sealKeyIn } from './seal-key.ts'
import { Stoppers } from './stoppers.ts'
import { WorkerSet } from './worker-set.ts'
import type { WorkerProcess } from './workers.ts'

/** An XMPP server for the bridge to use: one that was started here, or one that runs anyway. */
export interface UsedXmpp {
  readonly url: string
  readonly domain: string
  /** PEM; undefined trusts the public authorities. */
  readonly ca: string | undefined
}

export interface StackOptions {
  /** Everything that lasts is kept in here. */
  readonly dataDir: string
  readonly port: number
  readonly workers: number
  /** Called once the data folder is known to be ours: two servers in one folder would ruin it. */
  readonly xmpp: () => Promise<UsedXmpp>
  /** `sources` runs the functions as they are, `bundles` as they are deployed. */
  readonly functions: 'sources' | 'bundles'
  /** Settings for functions and workers beside those the stack itself knows. */
  readonly settings: Readonly<Record<string, string>>
  readonly pages?: Pages
  /** Takes each line that a part prints. */
  readonly log: (part: string, line: string) => void
  /** A worker ended and nobody had asked it to. */
  readonly onWorkerLost?: (worker: WorkerProcess, exitCode: number | null) => void
}

export interface Stack {
  readonly gateway: Gateway
  readonly dynamo: LocalDynamo
  readonly functions: FunctionPool
  /** Those that run now. */
  readonly workers: readonly WorkerProcess[]
  /** Starts one more; resolves when it is ready. */
  addWorker(): Promise<WorkerProcess>
  /** Stops a worker that others stand in for; it hands its sessions over first. */
  retireWorker(worker: WorkerProcess): Promise<void>
  stop(): Promise<void>
}

type FunctionSettings = ReturnType<typeof readSettings<'functions'>>

/** What the AWS SDK wants to see before it talks to anything; nothing on this machine checks it. */
const LOCAL_AWS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const

/**
 * Starts the bridge on this machine: store, functions, gateway, workers, each waiting for the one before. When a part
 * fails to start, those before it are stopped and its error is thrown.
 * @throws BadSetting, before anything has started.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  // A function reads its settings at its first invoke, where nobody would see what is wrong with them.
  const tables = namedTables(readSettings('functions', options.settings))
  const dataDir = resolve(options.dataDir)
  const running = new Stoppers()
  try {
    await mkdir(dataDir, { recursive: true })
    const dynamo = await startDynamo({ dataDir: join(dataDir, 'dynamodb'), tables })
    running.add(() => dynamo.stop())
    const xmpp = await options.xmpp()
    const env = {
      ...LOCAL_AWS,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      ...options.settings,
    }
    const functions = await startFunctions({
      handlers:
        options.functions === 'sources' ? functionEntries : await bundleFunctions(join(dataDir, 'functions')),
      env,
      log: line => options.log('functions', line),
    })
    running.add(() => functions.stop())
    const { port, pages } = options
    const gateway = await startGateway({ port, invoke: functions.invoke, pages })
    running.add(() => gateway.stop())
    const workers = new WorkerSet({
      env: { ...env, ...(await workerSettings(xmpp, gateway, dataDir, options.settings)) },
      log: line => options.log('worker', line),
      onLost: options.onWorkerLost ?? (() => undefined),
    })
    running.add(() => workers.stop())
    await Promise.all(Array.from({ length: options.workers }, () => workers.add()))
    return {
      gateway,
      dynamo,
      functions,
      get workers() {
        return workers.running
      },
      addWorker: () => workers.add(),
      retireWorker: worker => workers.retire(worker),
      stop: () => running.stop(),
    }
  } catch (error) {
    await running.stop()
    throw error
  }
}

async function workerSettings(
  xmpp: UsedXmpp,
  gateway: Gateway,
  dataDir: string,
  given: StackOptions['settings'],
) {
  const caFile = xmpp.ca === undefined ? '' : join(dataDir, 'xmpp-ca.pem')
  if (xmpp.ca !== undefined) await writeFile(caFile, xmpp.ca)
  return {
    XMPP_URL: xmpp.url,
    XMPP_DOMAIN: xmpp.domain,
    XMPP_CA_FILE: caFile,
    MANAGEMENT_ENDPOINT: gateway.managementEndpoint,
    SEAL_KEY_FILE: given['SEAL_KEY_FILE'] ?? (await sealKeyIn(dataDir)),
  }
}

/** The tables under the names by which functions and workers will look for them. */
function namedTables(settings: FunctionSettings): readonly NamedTable[] {
  const names: Record<TableName, string> = {
    accounts: settings.ACCOUNTS_TABLE,
    attempts: settings.ATTEMPTS_TABLE,
    workers: settings.WORKERS_TABLE,
    sessions: settings.SESSIONS_TABLE,
    connections: settings.CONNECTIONS_TABLE,
  }
  return definitions.map(definition => ({ physicalName: names[definition.name], definition }))
}

/** A server that was started here, as the bridge uses it. */
export function used(server: XmppServer): UsedXmpp {
  return { url: `xmpp://${server.host}:${server.port}`, domain: server.domain, ca: server.ca }
}
