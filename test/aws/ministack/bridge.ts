import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RouteKey } from '../../../local/gateway/events.ts'
import { startGateway, type Gateway } from '../../../local/gateway/server.ts'
import { Logs } from '../../../local/logs.ts'
import { startProsody, type XmppServer } from '../../../local/prosody.ts'
import { documentClient } from '../../../shared/stores/dynamo/client.ts'
import { LOG_FOLDER, TABLE_PREFIX, WEBSOCKET_URL, WORKER_IMAGE } from '../../target/environment.ts'
import type { Reached } from '../../target/reached.ts'
import { startWorkerTask } from '../../target/worker-task.ts'
import { callAws } from '../aws-call.ts'
import { ANY_CREDENTIALS } from '../emulator.ts'
import { readDeployed, type WorkerContainer } from './deployed.ts'

/** A function threw; the gateway then tells the client "Internal server error". */
class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed'
}

/**
 * The bridge as it was deployed to an emulator: its functions run there, on its tables and its key. In front of them is this
 * project's own gateway, which keeps to AWS's rules where the emulator's does not. A worker runs beside it, since the
 * emulator starts no containers: what its image starts, with the environment of its task definition.
 */
export async function reachDeployed(): Promise<Reached> {
  await using starting = new AsyncDisposableStack()
  const endpoint = given('AWS_ENDPOINT_URL')
  const dir = await mkdtemp(join(tmpdir(), 'stanzagate-deployed-'))
  starting.defer(() => rm(dir, { recursive: true, force: true }))
  const logs = await Logs.open(given(LOG_FOLDER), false)
  const { worker, functions } = await readDeployed(endpoint, given(WEBSOCKET_URL))
  const domain = worker.environment['XMPP_DOMAIN'] ?? ''
  const xmpp = await startProsody({ dataDir: dir, domain, log: line => logs.write('prosody', line) })
  starting.defer(() => xmpp.stop())
  const gateway = await startGateway({
    port: 0,
    invoke: (route, event) => invoke(endpoint, functions[route], route, event),
    log: entry => logs.write('gateway', JSON.stringify(entry)),
  })
  starting.defer(() => gateway.stop())
  const caFile = join(dir, 'ca.pem')
  await writeFile(caFile, xmpp.ca)
  const running = await startWorkerTask({
    command: worker.command,
    image: given(WORKER_IMAGE),
    env: environmentHere(worker, endpoint, { gateway, xmpp, caFile }),
    log: line => logs.write('worker', line),
  })
  starting.defer(() => running.stop())
  const client = documentClient()
  starting.defer(() => client.destroy())
  const all = starting.move()
  return {
    url: gateway.url,
    domain,
    xmpp,
    tables: { client, prefix: given(TABLE_PREFIX) },
    stop: () => all.disposeAsync(),
  }
}

function given(name: string): string {
  return process.env[name] ?? ''
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
