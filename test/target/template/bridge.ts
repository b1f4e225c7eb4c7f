import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDynamo } from '../../../local/dynamo.ts'
import { startFunctions } from '../../../local/functions/pool.ts'
import type { RouteKey } from '../../../local/gateway/events.ts'
import { startGateway } from '../../../local/gateway/server.ts'
import { documentClient } from '../../../shared/stores/dynamo/client.ts'
import { makeFolders, startProsodyTask } from '../../infra/prosody-task.ts'
import { ASSEMBLY_FOLDER } from '../environment.ts'
import type { Reached } from '../reached.ts'
import { startWorkerTask } from '../worker-task.ts'
import { readAssembly, STACK, type Assembly } from './assembly.ts'
import { environmentHere, folderAt } from './places.ts'
import { REGION } from './resources.ts'
import { startStandIn } from './stand-in.ts'
import { readWiring, type Wiring } from './wiring.ts'

/** Nothing on this machine checks them. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }
const LOCAL_AWS = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
}
/** The only port of `infra/xmpp-server/prosody.cfg.lua`. */
const XMPP_PORT = 5223

type Defer = (stop: () => void | Promise<void>) => void

/** The bridge as the synthesized template wires it. */
export async function reachTemplate(): Promise<Reached> {
  const assembly = await readAssembly(process.env[ASSEMBLY_FOLDER] ?? '')
  return startWired(readWiring(assembly.template), assembly)
}

/**
 * Starts the parts that a template names, each with what the template gives it: the bundles of the routes' functions,
 * the commands of the worker's container and of the XMPP server's, tables, and the stage in front. Only addresses and
 * folders are others on this machine, and the ports, which others may have.
 * @throws NotWired when a part is to use an address of no other part, and what a part says that does not start.
 */
export async function startWired(wiring: Wiring, assembly: Pick<Assembly, 'folderOf'>): Promise<Reached> {
  await using starting = new AsyncDisposableStack()
  const defer: Defer = stop => starting.defer(stop)
  const dynamo = await startDynamo({ tables: wiring.tables })
  defer(() => dynamo.stop())
  const aws = { ...LOCAL_AWS, AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint }
  const gateway = await startFront(wiring, assembly, aws, defer)
  const xmpp = await startXmpp(wiring, defer)
  const addresses = new Map([
    [wiring.managementEndpoint, gateway.managementEndpoint],
    [`xmpps://${wiring.xmppHost}:${XMPP_PORT}`, `xmpps://127.0.0.1:${xmpp.tlsPort}`],
  ])
  const environment = environmentHere(wiring.worker, { addresses, folders: xmpp.folders })
  const worker = await startWorkerTask({
    command: wiring.worker.command,
    image: assembly.folderOf(wiring.worker.imageHash),
    env: { ...environment, ...aws, ...(await startStandIn(defer)), HANDOFF_PORT: '0', HEALTH_PORT: '0' },
  })
  defer(() => worker.stop())
  const client = documentClient({ endpoint: dynamo.endpoint, region: REGION, credentials: CREDENTIALS })
  defer(() => client.destroy())
  const { XMPP_DOMAIN: domain = '', XMPP_CA_FILE: caFile = '' } = environment
  const ca = await readFile(caFile, 'utf8')
  const running = starting.move()
  return {
    url: gateway.url,
    domain,
    xmpp: { host: '127.0.0.1', tlsPort: xmpp.tlsPort, domain, ca },
    tables: { client, prefix: `${STACK}-` },
    stop: () => running.disposeAsync(),
  }
}

/** What clients reach: the stage, and behind it the function of each route. */
async function startFront(
  { functions, stage }: Wiring,
  assembly: Pick<Assembly, 'folderOf'>,
  aws: Readonly<Record<string, string>>,
  defer: Defer,
) {
  const bundleOf = (route: RouteKey) =>
    join(assembly.folderOf(functions[route].codeHash), `${functions[route].module}.mjs`)
  const running = await startFunctions({
    handlers: {
      $connect: bundleOf('$connect'),
      $default: bundleOf('$default'),
      $disconnect: bundleOf('$disconnect'),
    },
    env: route => ({ ...functions[route].environment, ...aws }),
  })
  defer(() => running.stop())
  const gateway = await startGateway({ port: 0, invoke: running.invoke, stage })
  defer(() => gateway.stop())
  return gateway
}

/** The XMPP server, and where its folders are that the worker may share. */
async function startXmpp({ xmppServer }: Wiring, defer: Defer) {
  const root = await mkdtemp(join(tmpdir(), 'stanzagate-template-'))
  defer(() => rm(root, { recursive: true, force: true }))
  const made = await makeFolders(root)
  const { tlsPort } = await startProsodyTask(xmppServer, made, defer)
  const { DATA_DIR, CERTIFICATE_DIR } = xmppServer.environment
  const folders = new Map([
    [folderAt(xmppServer, DATA_DIR), made.data],
    [folderAt(xmppServer, CERTIFICATE_DIR), made.certificate],
  ])
  return { tlsPort, folders }
}
