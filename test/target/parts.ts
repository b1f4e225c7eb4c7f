import { installedIn } from '../aws/emulator.ts'
import type { Target, TargetName } from './target.ts'

/** What of the integration suite runs on which target. A part runs where nothing is lacking that it needs. */

export type Need =
  /** An address at which people sign in and talk. */
  | 'bridge'
  /** An XMPP server that ordinary clients reach. */
  | 'xmpp'
  /** Accounts that nobody has used. */
  | 'new-accounts'
  /** The bridge's parts in the test's own hands: to kill, to disturb, to set otherwise, to read what they print. */
  | 'inside'
  /** Tables as the template defines them, and sealing by KMS. */
  | 'deployed'
  /** A DynamoDB, and a KMS, in which tests may make what they like. */
  | 'dynamodb'
  | 'kms'
  /** One target and no other. */
  | 'template'
  | 'localstack'

export interface Part {
  /** From the root of the project. */
  readonly file: string
  readonly needs: readonly Need[]
}

const part = (name: string, ...needs: Need[]): Part => ({ file: `test/integration/${name}.test.ts`, needs })

export const PARTS: readonly Part[] = [
  part('chat', 'bridge'),
  part('ordinary', 'bridge', 'xmpp'),
  part('contacts', 'bridge', 'xmpp', 'new-accounts'),
  part('sequenced', 'bridge'),
  part('client', 'bridge'),
  part('client-roll', 'bridge'),
  part('deployed', 'bridge', 'deployed'),
  part('wiring', 'template'),
  part('kms-seal', 'kms'),
  { file: 'test/shared/stores/dynamo.test.ts', needs: ['dynamodb'] },
  part('localstack', 'localstack'),
  part('client-faults', 'inside'),
  part('ejabberd', 'inside'),
  part('faults', 'inside'),
  part('floods', 'inside'),
  part('hostile', 'inside'),
  part('injection', 'inside'),
  part('takeover', 'inside'),
  part('archive', 'inside'),
  part('lesser-server', 'inside'),
  part('resume-spike', 'inside'),
  part('chaos', 'inside'),
  part('chaos-archives', 'inside'),
]

type Lacks = Partial<Record<Need, string>>

const ONE_TARGET = {
  template: 'it changes the wiring of the template: TARGET=template',
  localstack: 'it asks what LocalStack 4.14.0 cannot do: TARGET=localstack',
}
const MAKES_ITS_OWN = 'it starts or disturbs parts of its own: TARGET=local'

const LACKING: Readonly<Record<TargetName, Lacks>> = {
  local: {
    deployed: '`npm start` seals with a file and names its tables itself: TARGET=template',
    dynamodb: 'the unit tests have it, on dynalite',
    kms: 'there is no KMS on this machine: TARGET=localstack or ministack',
    ...ONE_TARGET,
  },
  template: {
    inside: MAKES_ITS_OWN,
    dynamodb: 'the unit tests have it, on dynalite',
    kms: 'a stand-in takes the place of KMS: TARGET=localstack or ministack',
    localstack: ONE_TARGET.localstack,
  },
  localstack: {
    bridge: 'LocalStack 4.14.0 has no WebSocket APIs and no ECS, and runs functions in Docker only',
    inside: MAKES_ITS_OWN,
    template: ONE_TARGET.template,
  },
  ministack: { inside: MAKES_ITS_OWN, ...ONE_TARGET },
  aws: {
    xmpp: 'ordinary XMPP clients take part: give STANZAGATE_XMPP_URL',
    'new-accounts': 'it needs accounts without contacts, and those given have a past',
    inside: 'nobody kills, disturbs or sets otherwise what runs for others: TARGET=local',
    deployed: 'it reads tables, and this target is known by its address alone: TARGET=template or ministack',
    dynamodb: 'it would leave tables in the account: TARGET=localstack or ministack',
    kms: 'it would leave keys in the account, each paid for a month: TARGET=localstack or ministack',
    ...ONE_TARGET,
  },
}

export interface Plan {
  readonly files: readonly string[]
  readonly skipped: readonly { readonly file: string; readonly why: string }[]
}

/** Which files run on a target, and of each other why it does not. */
export function planFor(target: Target, isInstalled = isHere): Plan {
  const missing = isInstalled(target)
    ? undefined
    : `not installed: \`node local/setup.mjs --with=${target.name}\` says why`
  const judged = PARTS.map(({ file, needs }) => ({ file, why: missing ?? lackOf(target, needs) }))
  return {
    files: judged.flatMap(({ file, why }) => (why === undefined ? [file] : [])),
    skipped: judged.flatMap(({ file, why }) => (why === undefined ? [] : [{ file, why }])),
  }
}

function isHere(target: Target): boolean {
  switch (target.name) {
    case 'localstack':
      return target.endpoint !== undefined || installedIn('localstack') !== undefined
    case 'ministack':
      return installedIn('ministack') !== undefined
    case 'local':
    case 'template':
    case 'aws':
      return true
  }
}

function lackOf(target: Target, needs: readonly Need[]): string | undefined {
  const { xmpp, ...others } = LACKING[target.name]
  const lacks: Lacks = target.name === 'aws' && target.xmpp !== undefined ? others : { xmpp, ...others }
  return needs.map(need => lacks[need]).find(why => why !== undefined)
}

/** The plan as a table for people: what runs, and of what is skipped why, with the parts of one reason in one row. */
export function planText(target: Target, { files, skipped }: Plan): string {
  const reasons = [...Map.groupBy(skipped, ({ why }) => why)]
  const rows = [
    [`on ${target.name}`, 'parts', 'why'],
    ['---', '---', '---'],
    ['runs', files.length === 0 ? 'nothing' : namesOf(files), ''],
    ...reasons.map(([why, parts]) => ['skipped', namesOf(parts.map(({ file }) => file)), why]),
  ]
  return rows.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function namesOf(files: readonly string[]): string {
  return files.map(file => file.replace('test/integration/', '').replace('.test.ts', '')).join(', ')
}
