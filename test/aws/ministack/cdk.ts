import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as z from 'zod/mini'
import { ANY_CREDENTIALS, ROOT } from '../emulator.ts'
import { LEFT_OUT } from './left-out.ts'

const CDK = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk')
const STACK = 'Stanzagate'
/** The account that MiniStack says it is. */
const ENVIRONMENT = `aws://000000000000/${ANY_CREDENTIALS.AWS_REGION}`

/** What a person would say in `cdk.json`. */
const SETTINGS = {
  STACK_NAME: STACK,
  XMPP_DOMAIN: 'example.org',
  XMPP_URL: 'xmpps://xmpp.example.org',
  REGISTRATION: 'on-first-join',
  ALLOWED_ORIGINS: 'https://chat.example.org',
  // All people of all tests come from one address.
  REGISTRATIONS_PER_NETWORK: '1000',
} as const

/** Enough to see the resource that failed; what went before and after it fills pages. */
const LINES_KEPT = 40

/** A command ended with an error; the message has the last that it printed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
}

/** What is known of a stack once it is deployed. */
export interface DeployedStack {
  /** What the tables' names begin with. */
  readonly tablePrefix: string
  readonly webSocketUrl: string
  /** The folder that the workers' image is made of. */
  readonly workerImage: string
}

/**
 * Deploys the bridge to an emulator as anybody would to AWS: bootstrap, then deploy, both of one synthesis.
 * @param folder for what is synthesized.
 * @throws CommandFailed
 */
export async function deployTo(endpoint: string, folder: string): Promise<DeployedStack> {
  const assembly = join(folder, 'cdk.out')
  const outputs = join(folder, 'outputs.json')
  const env = { ...ANY_CREDENTIALS, AWS_ENDPOINT_URL: endpoint }
  await cdk(['synth', '--quiet', '--output', assembly], { ...SETTINGS, LEAVE_OUT: LEFT_OUT.join(',') })
  await cdk(['bootstrap', ENVIRONMENT, '--app', assembly], env)
  const approved = ['--require-approval', 'never']
  await cdk(['deploy', STACK, '--app', assembly, ...approved, '--outputs-file', outputs], env)
  const read = z.object({ [STACK]: z.object({ WebSocketUrl: z.string() }) })
  const { WebSocketUrl: webSocketUrl } = read.parse(JSON.parse(await readFile(outputs, 'utf8')))[STACK]
  return { tablePrefix: `${STACK}-`, webSocketUrl, workerImage: join(assembly, 'worker-image') }
}

async function cdk(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [CDK, ...args, '--no-notices'], {
    cwd: ROOT,
    env: {
      // `cdk.json` starts the app with `node`.
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: process.env['HOME'],
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      // The emulator starts no containers, so an image may be said to be built and pushed: `true` ends with 0 whatever it is asked.
      CDK_DOCKER: 'true',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (child.exitCode !== 0)
    throw new CommandFailed(`cdk ${args.join(' ')} failed.\n${lastLines(`${out}${err}`)}`)
}

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-LINES_KEPT).join('\n')
}
