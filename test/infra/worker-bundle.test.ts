import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import * as z from 'zod/mini'
import { bundleWorker } from '../../infra/bundle-worker.ts'
import { startDynamo } from '../../local/dynamo.ts'
import { jsonOrNothing } from '../../local/json.ts'
import { runServer, startFailure } from '../../local/server-process.ts'
import { systemClock as clock } from '../../shared/clock.ts'
import { HandoffClient } from '../../shared/handoff/client.ts'
import { tables } from '../../shared/stores/definitions.ts'
import { documentClient } from '../../shared/stores/dynamo/client.ts'
import { dynamoWorkers } from '../../shared/stores/dynamo/workers.ts'
import { startTaskMetadata, taskAt } from '../support/task-metadata.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startAwsStandIn } from './aws-stand-in.ts'
import { bridgeWith } from './bridge.ts'
import { containerIn, environmentHere } from './containers.ts'
import { makeFolders, startProsodyTask } from './prosody-task.ts'

const READY_WITHIN_MS = 30_000
const { template } = bridgeWith({ XMPP_SERVER: '1', XMPP_URL: '', REGISTRATION: 'explicit' })
const container = containerIn(template, 'worker')
/** What the SDK finds in a task on ECS in another way; nothing on this machine checks it. */
const CREDENTIALS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }

const readyLine = z.object({ event: z.literal('ready'), url: z.string(), healthPort: z.int() })
type Ready = z.infer<typeof readyLine>

/** DynamoDB, the XMPP server of the same template, and what stands in for KMS, the gateway and ECS. */
async function surroundings() {
  const names = {
    workers: 'here-workers',
    sessions: 'here-sessions',
    connections: 'here-connections',
  } as const
  const needed = tables.flatMap(definition =>
    definition.name in names ? [{ physicalName: `here-${definition.name}`, definition }] : [],
  )
  const dynamo = await startDynamo({ tables: needed })
  onTestFinished(() => dynamo.stop())
  const folders = await makeFolders()
  const prosody = await startProsodyTask(containerIn(template, 'prosody'), folders)
  const aws = await startAwsStandIn()
  const env = {
    ...environmentHere(container, {
      WORKERS_TABLE: names.workers,
      SESSIONS_TABLE: names.sessions,
      CONNECTIONS_TABLE: names.connections,
      KMS_KEY_ID: 'arn:aws:kms:us-east-1:111122223333:key/1',
      MANAGEMENT_ENDPOINT: `${aws.url}/live`,
      XMPP_URL: `xmpps://127.0.0.1:${prosody.tlsPort}`,
      XMPP_CA_FILE: String(container.environment['XMPP_CA_FILE']).replace(
        '/certificate',
        folders.certificate,
      ),
      // Of the task's own network; here others may have them.
      HANDOFF_PORT: '0',
      HEALTH_PORT: '0',
    }),
    ...(await startTaskMetadata(taskAt('127.0.0.1'))),
    ...CREDENTIALS,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_KMS: aws.url,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  }
  return { env, aws, dynamo, workersTable: names.workers }
}

/** Runs the command of the task in the folder of the image; resolves when functions can find the worker. */
async function startImage(folder: string, env: Readonly<Record<string, string>>) {
  const lines: string[] = []
  const ready = Promise.withResolvers<Ready>()
  const child = await runServer({
    name: 'The worker',
    command: 'sh',
    args: ['-c', 'cd "$0" && exec "$@"', folder, ...container.command],
    env,
    clock,
    log: line => {
      lines.push(line)
      const parsed = readyLine.safeParse(jsonOrNothing(line))
      if (parsed.success) ready.resolve(parsed.data)
    },
  })
  onTestFinished(() => child.stop())
  const cancel = clock.after(READY_WITHIN_MS, () => ready.reject(startFailure(child, 'was not ready')))
  void child.silent.then(() => ready.reject(startFailure(child, 'ended at its start')))
  const { healthPort } = await ready.promise
  cancel()
  return { lines, healthPort, exited: child.exited, stop: child.stop }
}

test('[WI1] with the environment and the command of its task the bundle is found, healthy, logs in, and ends', async () => {
  const { env, aws, dynamo, workersTable } = await surroundings()
  const folder = await temporaryFolder()
  bundleWorker(folder)
  const worker = await startImage(folder, env)

  const checkHealth = () =>
    promisify(execFile)('sh', ['-c', 'exec "$0" "$@"', ...container.healthCheck], {
      cwd: folder,
      env: { ...env, HEALTH_PORT: String(worker.healthPort) },
    })
  await checkHealth()

  const client = documentClient({
    endpoint: dynamo.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  onTestFinished(() => client.destroy())
  const [row] = await dynamoWorkers({ client, clock, table: workersTable, onBadRow: () => undefined }).list()
  expect(row).toMatchObject({ host: '127.0.0.1', phase: 'ready' })

  const handoff = new HandoffClient()
  onTestFinished(() => handoff.close())
  const request = {
    connectionId: 'socket=',
    username: 'sergio',
    password: 'pass',
    register: true,
    handshake: false,
    verified: false,
    mode: 'simple',
  } as const
  const opened = row && (await handoff.open(row, request, 'trace'))
  expect(opened).toMatchObject({ kind: 'joined', registered: true })
  const encrypt = aws.asked.find(({ target }) => target === 'TrentService.Encrypt')
  expect(JSON.parse(encrypt?.body ?? '{}')).toMatchObject({ EncryptionContext: { username: 'sergio' } })
  const push = await vi.waitUntil(
    () => aws.asked.find(({ path }) => path === '/live/@connections/socket%3D'),
    15_000,
  )
  expect(push).toMatchObject({ method: 'POST', body: expect.stringContaining('JOIN_SUCCESS') })

  await worker.stop(60_000)
  expect(await worker.exited).toBe(0)
  await expect(checkHealth()).rejects.toMatchObject({ code: 1 })
  expect(worker.lines.some(line => line.includes('"msg":"drained"'))).toBe(true)
  expect(worker.lines.some(line => line.includes('CloudWatchMetrics'))).toBe(true)
}, 120_000)

test('[WI2] the image by itself does what the task asks of it', async () => {
  const dockerfile = await readFile(join(import.meta.dirname, '..', '..', 'worker', 'Dockerfile'), 'utf8')
  const exec = (parts: readonly string[]) => JSON.stringify(parts).replaceAll(',', ', ')
  expect(dockerfile).toContain(`\nUSER ${container.user}\n`)
  expect(dockerfile.trimEnd()).toMatch(new RegExp(`\nCMD ${escaped(exec(container.command))}$`))
  expect(dockerfile).toContain(` CMD ${exec(container.healthCheck)}`)
  expect(dockerfile).not.toMatch(/^RUN/m)
})

test('[WI3] the image has Node and the bundle on the libraries that they need, and nothing to break in with', async () => {
  const dockerfile = await readFile(join(import.meta.dirname, '..', '..', 'worker', 'Dockerfile'), 'utf8')
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  expect(bases).toEqual([
    'node:24-slim',
    expect.stringMatching(/^gcr\.io\/distroless\/cc-debian\d+:nonroot$/),
  ])
  const copied = [...dockerfile.matchAll(/^COPY (.+)$/gm)].map(([, what]) => what)
  expect(copied).toEqual(['--from=node /usr/local/bin/node /usr/local/bin/', '*.mjs *.mjs.map ./'])
})

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
