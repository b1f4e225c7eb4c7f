import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { systemClock as clock } from '../shared/clock.ts'
import { tables, type TableName } from '../shared/stores/definitions.ts'
import { startDynamo, type LocalDynamo } from './dynamo.ts'
import { bundleFunctions, functionEntries } from './functions/bundle.ts'
import { startFunctions, type FunctionPool } from './functions/pool.ts'
import { startGateway, type Gateway } from './gateway/server.ts'
import type { XmppServer } from './prosody.ts'
import { startWorkerProcess, type WorkerProcess } from './workers.ts'

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
  readonly page?: string
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
  /** Drains a worker and stops it. */
  retireWorker(worker: WorkerProcess): Promise<void>
  stop(): Promise<void>
}

/** What the AWS SDK wants to see before it talks to anything; nothing on this machine checks it. */
const LOCAL_AWS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const

/**
 * Starts the bridge on this machine: store, functions, gateway, workers, each waiting for the one before. When a part
 * fails to start, those before it are stopped and its error is thrown.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = resolve(options.dataDir)
  const running = new Stoppers()
  try {
    await mkdir(dataDir, { recursive: true })
    const dynamo = await startDynamo({ dataDir: join(dataDir, 'dynamodb'), tables: physicalTables() })
    running.add(() => dynamo.stop())
    const xmpp = await options.xmpp()
    const env = {
      ...LOCAL_AWS,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      ...tableSettings(),
      ...options.settings,
    }
    const functions = await startFunctions({
      handlers:
        options.functions === 'sources' ? functionEntries : await bundleFunctions(join(dataDir, 'functions')),
      env,
      log: line => options.log('functions', line),
    })
    running.add(() => functions.stop())
    const { port, page } = options
    const gateway = await startGateway({ port, invoke: functions.invoke, page })
    running.add(() => gateway.stop())
    const workers = new WorkerSet({ ...env, ...(await workerSettings(xmpp, gateway, dataDir)) }, options)
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

/** What was started, to be stopped in the opposite order. */
class Stoppers {
  readonly #stops: (() => Promise<void>)[] = []

  add(stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  async stop(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop()
  }
}

class WorkerSet {
  readonly #env: Readonly<Record<string, string>>
  readonly #options: StackOptions
  readonly #running = new Set<WorkerProcess>()

  constructor(env: Readonly<Record<string, string>>, options: StackOptions) {
    this.#env = env
    this.#options = options
  }

  get running(): readonly WorkerProcess[] {
    return [...this.#running]
  }

  async add(): Promise<WorkerProcess> {
    const { log, onWorkerLost } = this.#options
    const worker = await startWorkerProcess({ env: this.#env, log: line => log('worker', line), clock })
    this.#running.add(worker)
    // One that was retired is not in the set any more.
    void worker.exited.then(code => this.#running.delete(worker) && onWorkerLost?.(worker, code))
    return worker
  }

  async retire(worker: WorkerProcess): Promise<void> {
    this.#running.delete(worker)
    await worker.stop()
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map(worker => this.retire(worker)))
  }
}

async function workerSettings(xmpp: UsedXmpp, gateway: Gateway, dataDir: string) {
  const caFile = xmpp.ca === undefined ? '' : join(dataDir, 'xmpp-ca.pem')
  if (xmpp.ca !== undefined) await writeFile(caFile, xmpp.ca)
  return {
    XMPP_URL: xmpp.url,
    XMPP_DOMAIN: xmpp.domain,
    XMPP_CA_FILE: caFile,
    MANAGEMENT_ENDPOINT: gateway.managementEndpoint,
  }
}

function tableSettings(): Record<string, string> {
  return Object.fromEntries(tables.map(({ name }) => [`${name.toUpperCase()}_TABLE`, physicalName(name)]))
}

function physicalTables() {
  return tables.map(definition => ({ physicalName: physicalName(definition.name), definition }))
}

function physicalName(name: TableName): string {
  return `stanzagate-${name}`
}

/** A server that was started here, as the bridge uses it. */
export function used(server: XmppServer): UsedXmpp {
  return { url: `xmpp://${server.host}:${server.port}`, domain: server.domain, ca: server.ca }
}
