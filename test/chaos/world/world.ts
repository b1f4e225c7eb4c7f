import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleWorker } from '../../../infra/bundle-worker.ts'
import { startDynamo } from '../../../local/dynamo.ts'
import { bundleFunctions } from '../../../local/functions/bundle.ts'
import { startFunctions } from '../../../local/functions/pool.ts'
import { startGateway } from '../../../local/gateway/server.ts'
import { sealKeyIn } from '../../../local/seal-key.ts'
import { systemClock as clock } from '../../../shared/clock.ts'
import { tables } from '../../../shared/stores/definitions.ts'
import { StoreTap } from '../links/tap.ts'
import { TcpLink } from '../links/tcp.ts'
import { Fleet } from './fleet.ts'
import { GatewayFaults } from './gateway-faults.ts'
import { XmppHost, type ServerName } from './xmpp-host.ts'

export interface WorldOptions {
  readonly server: ServerName
  /** For what the parts keep; must exist. */
  readonly folder: string
  readonly users: readonly string[]
  readonly password: string
  readonly workers: number
  readonly seed: number
  readonly log: (part: string, line: string) => void
  readonly onWorkerLost: (place: number, exitCode: number | null) => void
}

/** The whole bridge as deployed, with something to break between all its parts. */
export interface World {
  /** Where clients connect. */
  readonly url: string
  readonly xmpp: XmppHost
  readonly store: StoreTap
  /** From the functions to the store. */
  readonly functionsLink: TcpLink
  readonly fleet: Fleet
  readonly gateway: GatewayFaults
}

/** Processes per function: two cores serve a storm of reconnects no faster with more. */
const FUNCTION_PROCESSES = 4

/** What stands in no one's way: a crowd of users from one address is an attack anywhere else. */
const settings = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  REGISTRATION: 'on-first-join',
  REGISTRATIONS_PER_NETWORK: '1000000',
  ATTEMPTS_PER_NETWORK: '1000000',
  ATTEMPTS_PER_USER: '100000',
  // A thousand first JOINs would spend minutes on hashes; what is tested here comes after.
  BCRYPT_COST: '4',
  LOG_LEVEL: 'info',
} as const

/** Starts all parts, each waiting for the one before; what was started is stopped with `lifetime`. */
export async function startWorld(lifetime: AsyncDisposableStack, options: WorldOptions): Promise<World> {
  const { folder, server, users, password, seed } = options
  const xmpp = await XmppHost.start({
    server,
    folder,
    users,
    password,
    log: line => options.log('xmpp', line),
  })
  lifetime.defer(() => xmpp.stop())
  const store = await startStore(lifetime)
  const functionsLink = await TcpLink.open(() => ({ host: '127.0.0.1', port: store.port }), clock)
  lifetime.defer(() => functionsLink.stop())
  const gateway = await startFront(lifetime, options, functionsLink.port)
  const fleet = await Fleet.start({
    places: options.workers,
    entry: bundleWorker(join(folder, 'worker')),
    env: { ...settings, ...(await workerFiles(folder, xmpp)) },
    targets: {
      dynamodb: () => ({ host: '127.0.0.1', port: store.port }),
      xmpp: () => xmpp.server,
      gateway: () => ({ host: '127.0.0.1', port: gateway.port }),
    },
    log: line => options.log('worker', line),
    onLost: options.onWorkerLost,
    clock,
  })
  lifetime.defer(() => fleet.stop())
  const faults = new GatewayFaults(gateway.managementEndpoint, seed)
  return { url: gateway.url, xmpp, store, functionsLink, fleet, gateway: faults }
}

async function startStore(lifetime: AsyncDisposableStack): Promise<StoreTap> {
  const dynamo = await startDynamo({
    tables: tables.map(definition => ({ physicalName: `stanzagate-${definition.name}`, definition })),
  })
  lifetime.defer(() => dynamo.stop())
  const tap = await StoreTap.open(dynamo.endpoint)
  lifetime.defer(() => tap.stop())
  return tap
}

/** Functions and gateway. */
async function startFront(lifetime: AsyncDisposableStack, { folder, log }: WorldOptions, storePort: number) {
  const functions = await startFunctions({
    handlers: await bundleFunctions(join(folder, 'functions')),
    env: { ...settings, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${storePort}` },
    maxProcesses: FUNCTION_PROCESSES,
    log: line => log('functions', line),
  })
  lifetime.defer(() => functions.stop())
  const gateway = await startGateway({
    port: 0,
    invoke: functions.invoke,
    // One line for each message or post would be most of what is written.
    log: entry => entry['event'] !== 'management' && log('gateway', JSON.stringify(entry)),
  })
  lifetime.defer(() => gateway.stop())
  return gateway
}

/** What workers read from files. */
async function workerFiles(folder: string, { server }: XmppHost): Promise<Record<string, string>> {
  const caFile = join(folder, 'xmpp-ca.pem')
  await writeFile(caFile, server.ca)
  return { XMPP_DOMAIN: server.domain, XMPP_CA_FILE: caFile, SEAL_KEY_FILE: await sealKeyIn(folder) }
}
