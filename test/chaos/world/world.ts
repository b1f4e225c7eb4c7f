import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleWorker } from '../../../infra/bundle-worker.ts'
import { bundleFunctions } from '../../../local/functions/bundle.ts'
import { startFunctions } from '../../../local/functions/pool.ts'
import { startGateway } from '../../../local/gateway/server.ts'
import { sealKeyIn } from '../../../local/seal-key.ts'
import { systemClock as clock } from '../../../shared/clock.ts'
import { TcpLink } from '../links/tcp.ts'
import { Fleet } from './fleet.ts'
import { FunctionDeaths, mortal } from './function-deaths.ts'
import { GatewayFaults } from './gateway-faults.ts'
import { HeapProbe, type Heaps } from './heap.ts'
import { rehearse } from './rehearsal.ts'
import { Store } from './store.ts'
import { XmppHost, type ServerName } from './xmpp-host.ts'

export interface WorldOptions {
  readonly server: ServerName
  /** For what the parts keep; must exist. */
  readonly folder: string
  /** Takes what the store is asked to write about sessions, as JSON lines. */
  readonly sessionsFile: string
  readonly users: readonly string[]
  readonly password: string
  readonly workers: number
  readonly seed: number
  /** Whether it is to be measured what workers hold; they are started for it then. */
  readonly probed: boolean
  /** Processes per function at the most. */
  readonly functions: number | undefined
  /** How long silent sockets, and sessions without one, are kept; undefined: as long as usual. */
  readonly patienceMs: number | undefined
  readonly log: (part: string, line: string) => void
  readonly onWorkerLost: (place: number, exitCode: number | null) => void
}

/** The whole bridge as deployed, with something to break between all its parts. */
export interface World {
  /** Where clients connect. */
  readonly url: string
  readonly xmpp: XmppHost
  readonly store: Store
  /** From the functions to the store. */
  readonly functionsLink: TcpLink
  readonly deaths: FunctionDeaths
  readonly fleet: Fleet
  readonly gateway: GatewayFaults
  /** What each worker holds; nothing when they are not probed. */
  readonly heaps: () => Promise<Heaps>
}

/**
 * Processes per function that are there from the beginning, as many as the cores of a small machine: one that started amid a
 * storm of reconnects would take half a second of a core from what is measured.
 */
const WARM_FUNCTIONS = 2

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
  const store = await Store.start(lifetime, options.sessionsFile)
  const functionsLink = await TcpLink.open(() => ({ host: '127.0.0.1', port: store.port }), clock)
  lifetime.defer(() => functionsLink.stop())
  const deaths = new FunctionDeaths(clock)
  const gateway = await startFront(lifetime, options, functionsLink.port, deaths)
  const probe = options.probed ? new HeapProbe(clock) : undefined
  const fleet = await Fleet.start({
    places: options.workers,
    entry: bundleWorker(join(folder, 'worker')),
    env: { ...settings, ...(await workerFiles(folder, xmpp)), ...patience(options), ...probe?.env },
    targets: {
      dynamodb: () => ({ host: '127.0.0.1', port: store.port }),
      xmpp: () => xmpp.server,
      gateway: () => ({ host: '127.0.0.1', port: gateway.port }),
    },
    log: line => {
      probe?.hear(line)
      options.log('worker', line)
    },
    onLost: options.onWorkerLost,
    clock,
  })
  lifetime.defer(() => fleet.stop())
  const faults = new GatewayFaults(gateway.managementEndpoint, seed)
  const heaps = async () => probe?.ask(fleet.pids) ?? new Map<number, number>()
  return { url: gateway.url, xmpp, store, functionsLink, deaths, fleet, gateway: faults, heaps }
}

/** Functions and gateway. */
async function startFront(
  lifetime: AsyncDisposableStack,
  { folder, log, functions, patienceMs }: WorldOptions,
  storePort: number,
  deaths: FunctionDeaths,
) {
  const env = { ...settings, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${storePort}` }
  const pool = await startFunctions({
    ...mortal(await bundleFunctions(join(folder, 'functions')), env),
    maxProcesses: functions ?? WARM_FUNCTIONS,
    warm: WARM_FUNCTIONS,
    log: line => log('functions', line),
  })
  lifetime.defer(() => pool.stop())
  const gateway = await startGateway({
    port: 0,
    invoke: deaths.among(pool.invoke),
    ...(patienceMs === undefined ? {} : { idleMs: patienceMs }),
    // One line for each message or post would be most of what is written.
    log: entry => entry['event'] !== 'management' && log('gateway', JSON.stringify(entry)),
  })
  lifetime.defer(() => gateway.stop())
  await rehearse(gateway.url, WARM_FUNCTIONS)
  return gateway
}

function patience({ patienceMs }: WorldOptions): Record<string, string> {
  return patienceMs === undefined ? {} : { SESSION_KEEP_MS: String(patienceMs) }
}

/** What workers read from files. */
async function workerFiles(folder: string, { server }: XmppHost): Promise<Record<string, string>> {
  const caFile = join(folder, 'xmpp-ca.pem')
  await writeFile(caFile, server.ca)
  return { XMPP_DOMAIN: server.domain, XMPP_CA_FILE: caFile, SEAL_KEY_FILE: await sealKeyIn(folder) }
}
