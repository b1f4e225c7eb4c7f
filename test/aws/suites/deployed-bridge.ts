import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RouteKey } from '../../../local/gateway/events.ts'
import { startGateway, type Gateway } from '../../../local/gateway/server.ts'
import { Logs } from '../../../local/logs.ts'
import { startProsody, type XmppServer } from '../../../local/prosody.ts'
import { systemClock as clock } from '../../../shared/clock.ts'
import { WebUser, type ConnectOptions } from '../../support/web-user.ts'
import { callAws } from '../aws-call.ts'
import { ANY_CREDENTIALS, startUntilReady } from '../emulator.ts'
import { readDeployed, type WorkerContainer } from '../ministack/deployed.ts'

/** What the runner says of the stack that it has deployed. */
export interface Target {
  readonly endpoint: string
  readonly webSocketUrl: string
  readonly workerImage: string
  /** Takes what the parts print. */
  readonly logFolder: string
}

/** A worker starts in about a second; a machine busy with other things gets many times that. */
const READY_WITHIN_MS = 60_000

/** A function threw; the gateway then tells the client "Internal server error". */
class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed'
}

/**
 * The bridge as it was deployed to an emulator: its functions run there, on its tables and its key. In front of them is this
 * project's own gateway, which keeps to AWS's rules where the emulator's does not. A worker runs beside it, since the
 * emulator starts no containers: what its image starts, with the environment of its task definition.
 */
export class DeployedBridge {
  readonly #gateway: Gateway
  readonly #running: AsyncDisposableStack

  private constructor(gateway: Gateway, running: AsyncDisposableStack) {
    this.#gateway = gateway
    this.#running = running
  }

  static async start(target: Target): Promise<DeployedBridge> {
    await using starting = new AsyncDisposableStack()
    const dir = await mkdtemp(join(tmpdir(), 'stanzagate-deployed-'))
    starting.defer(() => rm(dir, { recursive: true, force: true }))
    const logs = await Logs.open(target.logFolder, false)
    const { worker, functions } = await readDeployed(target.endpoint, target.webSocketUrl)
    const xmpp = await startProsody({
      dataDir: dir,
      domain: worker.environment['XMPP_DOMAIN'] ?? '',
      log: line => logs.write('prosody', line),
    })
    starting.defer(() => xmpp.stop())
    const gateway = await startGateway({
      port: 0,
      invoke: (route, event) => invoke(target.endpoint, functions[route], route, event),
      log: entry => logs.write('gateway', JSON.stringify(entry)),
    })
    starting.defer(() => gateway.stop())
    const caFile = join(dir, 'ca.pem')
    await writeFile(caFile, xmpp.ca)
    const env = environmentHere(worker, target.endpoint, { gateway, xmpp, caFile })
    const running = await startWorker(worker, target.workerImage, env, line => logs.write('worker', line))
    starting.defer(() => running.stop())
    return new DeployedBridge(gateway, starting.move())
  }

  async connect(options: ConnectOptions = {}): Promise<WebUser> {
    const user = await WebUser.connect(this.#gateway.url, options)
    this.#running.defer(async () => user.terminate())
    return user
  }

  stop(): Promise<void> {
    return this.#running.disposeAsync()
  }
}

/** "Invoke", AWS Lambda API Reference: an error of the function's own is an answer with a header. */
async function invoke(endpoint: string, name: string, route: RouteKey, event: unknown): Promise<unknown> {
  const path = `/2015-03-31/functions/${name}/invocations`
  const answer = await callAws(endpoint, { service: 'lambda', path, body: event })
  const failure = answer.headers.get('x-amz-function-error')
  if (failure !== null) throw new FunctionFailed(`${route}: ${failure}: ${await answer.text()}`)
  return answer.json()
}

interface Here {
  readonly gateway: Gateway
  readonly xmpp: XmppServer
  readonly caFile: string
}

/** What the task definition says, but for the addresses, which are others on this machine. */
function environmentHere(
  { environment }: WorkerContainer,
  endpoint: string,
  { gateway, xmpp, caFile }: Here,
) {
  return {
    ...environment,
    ...ANY_CREDENTIALS,
    AWS_ENDPOINT_URL: endpoint,
    MANAGEMENT_ENDPOINT: gateway.managementEndpoint,
    XMPP_URL: `xmpp://${xmpp.host}:${xmpp.port}`,
    XMPP_CA_FILE: caFile,
    // Also loopback. To 127.0.0.1 MiniStack turns every HTTPS request of a function into HTTP, and to itself.
    HANDOFF_HOST: '127.0.0.2',
    HANDOFF_PORT: '0',
    HEALTH_PORT: '0',
  }
}

/** Its command starts with `node`, and names files of the image. */
function startWorker(
  { command: [, ...args] }: WorkerContainer,
  image: string,
  env: Record<string, string>,
  log: (line: string) => void,
) {
  return startUntilReady({
    name: 'The worker of the task definition',
    command: process.execPath,
    args: args.map(arg => (arg.endsWith('.mjs') ? join(image, arg) : arg)),
    env,
    ready: /"event":"ready"/,
    withinMs: READY_WITHIN_MS,
    log,
    clock,
  })
}
