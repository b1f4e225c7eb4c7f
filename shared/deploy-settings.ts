import { choice, number, text, type Setting } from './setting.ts'

/** The settings that only a deployment reads: as context in `cdk.json`, or from its environment, which comes first. */
export const deploySettings = {
  STACK_NAME: text(
    'Stanzagate',
    ['deploy'],
    'Name of the CloudFormation stack, and the beginning of the names of its tables. Another name makes another bridge in the same account.',
  ),
  STAGE: text('live', ['deploy'], 'Name of the stage, which is the path of its address.'),
  REQUESTS_PER_SECOND: number(
    5000,
    { from: 10, to: 1_000_000 },
    ['deploy'],
    "What the stage lets in from all clients together. Half of the account's quota, which the workers' pushes share: 10,000, but 2,500 in small Regions, where this should be 1250.",
  ),
  REQUEST_BURST: number(
    2500,
    { from: 10, to: 1_000_000 },
    ['deploy'],
    "The same at once. Half of the account's again: 5,000, but 1,250 in small Regions, where this should be 625.",
  ),
  CUSTOM_DOMAIN: text(
    '',
    ['deploy'],
    'Domain under which clients connect, in place of the one that API Gateway makes up. Needs `CERTIFICATE_ARN`.',
  ),
  CERTIFICATE_ARN: text('', ['deploy'], 'The certificate (ACM, in the same Region) for `CUSTOM_DOMAIN`.'),
  HOSTED_ZONE: text(
    '',
    ['deploy'],
    'Route 53 zone that gets the record of `CUSTOM_DOMAIN`, like `example.org`. Empty: point the domain there yourself.',
  ),
  XMPP_SERVER: choice(
    '0',
    ['0', '1'],
    ['deploy'],
    '1 runs a Prosody for `XMPP_DOMAIN` beside the workers, for those who have no XMPP server; then `XMPP_URL` stays empty. Its accounts are made by JOINs alone, so `REGISTRATION` may be `closed` only once they are there.',
  ),
  MIN_WORKERS: number(
    2,
    { from: 1, to: 1000 },
    ['deploy'],
    'Workers that always run. With one, a worker that dies leaves nobody to take its sessions over until ECS has started the next.',
  ),
  MAX_WORKERS: number(10, { from: 1, to: 1000 }, ['deploy'], 'Workers that may run when sessions are many.'),
  WORKER_CPU: number(
    1024,
    { from: 256, to: 16_384 },
    ['deploy'],
    'CPU units of a worker (1024 are one vCPU); a worker uses one core and a little.',
  ),
  WORKER_MEMORY_MIB: number(
    2048,
    { from: 512, to: 122_880, unit: 'MiB' },
    ['deploy'],
    'Memory of a worker. Fargate takes certain pairs with `WORKER_CPU` only.',
  ),
  IMAGES_AS_OF: text(
    '',
    ['deploy'],
    'Best a date. Another one builds the images anew, with what their base images are by then, and replaces what runs.',
  ),
  ALARM_EMAIL: text('', ['deploy'], 'Who is told of alarms. Empty: they are seen in the console only.'),
  ACCOUNT_LOG_ROLE: choice(
    '1',
    ['0', '1'],
    ['deploy'],
    '1 sets the role by which API Gateway may write logs, one for the whole account and Region; without any the first deployment fails. 0 when the account has one.',
  ),
  DYNAMODB_PREFIX_LIST: text(
    '',
    ['deploy'],
    'Id (`pl-…`) of the prefix list of DynamoDB, in a Region whose id `infra/prefix-lists.ts` does not have.',
  ),
  REMOVAL: choice(
    'keep',
    ['keep', 'destroy'],
    ['deploy'],
    'What becomes of the accounts, and of what an XMPP server here has stored, when the stack is destroyed.',
  ),
  LEAVE_OUT: text(
    '',
    ['deploy'],
    'Types of CloudFormation resources to leave out of the stack, separated by commas; only for emulators that do not know them.',
  ),
} as const satisfies Record<string, Setting>
