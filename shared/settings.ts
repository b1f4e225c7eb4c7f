import { deploySettings } from './deploy-settings.ts'
import { choice, number, text, type Setting } from './setting.ts'

/**
 * Every setting once: its name in the environment, default, range and unit, who reads it, and what it means. The
 * README's table, the functions' and the workers' environment all come from here; `shared/config.ts` reads them.
 */

const HOUR_MS = 3_600_000

export const settings = {
  PORT: number(
    8080,
    { from: 0, to: 65_535 },
    ['local'],
    'Where the bridge listens on a laptop: WebSocket, management API and the example page. 0 takes a free port.',
  ),
  XMPP_PORT: number(
    5222,
    { from: 0, to: 65_535 },
    ['local'],
    'Where the local Prosody listens for ordinary XMPP clients. 0 takes a free port.',
  ),
  WORKERS: number(1, { from: 1, to: 16 }, ['local'], 'How many worker processes to start.'),
  DATA_DIR: text('.local', ['local'], 'Folder for accounts, messages, logs and `state.json`.'),
  TRACE: choice(
    '0',
    ['0', '1'],
    ['local', 'worker'],
    '1 prints every frame and stanza, with secrets and texts masked.',
  ),
  XMPP_URL: text(
    '',
    ['local', 'worker', 'deploy'],
    'The XMPP server: `xmpp://host:port` (STARTTLS) or `xmpps://host:port` (direct TLS). Empty on a laptop: a Prosody is started. A worker must be told.',
  ),
  XMPP_DOMAIN: text(
    'localhost',
    ['local', 'worker', 'deploy'],
    'The domain of the accounts; the certificate is checked against it.',
  ),
  XMPP_CA_FILE: text(
    '',
    ['local', 'worker'],
    'PEM file of the one certificate authority to trust for the XMPP server. Empty: the public ones.',
  ),
  XMPP_TLS: choice(
    'required',
    ['required', 'off'],
    ['worker'],
    '`off` talks to the XMPP server in the clear; only for a server on the same machine.',
  ),
  REGISTRATION: choice(
    undefined,
    ['on-first-join', 'explicit', 'closed'],
    ['functions', 'deploy'],
    'Who makes accounts: the first JOIN of an unknown name, a JOIN with `"register":true`, or nobody here. `npm start` takes `on-first-join`; a deployment must choose.',
  ),
  ALLOWED_ORIGINS: text(
    '',
    ['functions', 'deploy'],
    'Exact origins of web pages that may connect, separated by commas; `loopback` stands for any page of this machine and is what `npm start` takes. Clients that send no Origin (bots) are always let in.',
  ),
  BCRYPT_COST: number(
    10,
    { from: 4, to: 15 },
    ['functions', 'deploy'],
    'Work factor of stored password hashes (2^n rounds).',
  ),
  ATTEMPTS_PER_USER: number(
    10,
    { from: 1, to: 100_000 },
    ['functions', 'deploy'],
    'Failed sign-ins of one name from one network within `ATTEMPTS_WINDOW_MS`; then FORBIDDEN `locked`.',
  ),
  ATTEMPTS_PER_NETWORK: number(
    1000,
    { from: 1, to: 1_000_000 },
    ['functions', 'deploy'],
    'Failed sign-ins from one network (IPv4 /24, IPv6 /56) within `ATTEMPTS_WINDOW_MS`, whatever the names.',
  ),
  ATTEMPTS_WINDOW_MS: number(
    HOUR_MS,
    { from: 1000, to: 24 * HOUR_MS, unit: 'ms' },
    ['functions', 'deploy'],
    'Length of the window in which failed sign-ins are counted.',
  ),
  REGISTRATIONS_PER_NETWORK: number(
    20,
    { from: 0, to: 1_000_000 },
    ['functions', 'deploy'],
    'New accounts from one network within an hour.',
  ),
  ACCOUNTS_TABLE: text('stanzagate-accounts', ['functions'], 'DynamoDB table of password hashes.'),
  ATTEMPTS_TABLE: text('stanzagate-attempts', ['functions'], 'DynamoDB table of counted attempts.'),
  WORKERS_TABLE: text(
    'stanzagate-workers',
    ['functions', 'worker'],
    'DynamoDB table of workers and their addresses.',
  ),
  SESSIONS_TABLE: text(
    'stanzagate-sessions',
    ['functions', 'worker'],
    'DynamoDB table of sessions and their owners.',
  ),
  CONNECTIONS_TABLE: text(
    'stanzagate-connections',
    ['functions', 'worker'],
    'DynamoDB table of sockets and their sessions.',
  ),
  MANAGEMENT_ENDPOINT: text(
    undefined,
    ['worker'],
    "The stage's own `@connections` address, never one taken from an event (a custom domain has another path).",
  ),
  HANDOFF_HOST: text(
    '127.0.0.1',
    ['worker'],
    'Address on which the worker listens for functions and other workers, and which it publishes; `task` stands for the private one of its ECS task.',
  ),
  HANDOFF_PORT: number(
    0,
    { from: 0, to: 65_535 },
    ['worker'],
    'Port of the hand-off API; 0 takes a free one.',
  ),
  HEALTH_PORT: number(
    0,
    { from: 0, to: 65_535 },
    ['worker'],
    'Port of `/health/live` and `/health/ready`, on loopback only; 0 takes a free one.',
  ),
  MAX_SESSIONS: number(
    2000,
    { from: 1, to: 100_000 },
    ['worker', 'deploy'],
    'Sessions one worker holds; beyond them it refuses.',
  ),
  CONCURRENT_LOGINS: number(
    16,
    { from: 1, to: 1000 },
    ['worker', 'deploy'],
    'Logins at the XMPP server under way at once; the others wait their turn.',
  ),
  LOGIN_TIMEOUT_MS: number(
    20_000,
    { from: 1000, to: 28_000, unit: 'ms' },
    ['worker', 'deploy'],
    'A whole login, from dialling to stream management; below the 29 s that API Gateway waits.',
  ),
  MAX_STANZA_BYTES: number(
    1_048_576,
    { from: 16_384, to: 10_485_760, unit: 'bytes' },
    ['worker', 'deploy'],
    'A larger stanza from the XMPP server ends that one stream: parsing it would hold up every other session. The contact list of a user comes as one stanza.',
  ),
  RECONNECT_FOR_MS: number(
    600_000,
    { from: 1000, to: 86_400_000, unit: 'ms' },
    ['worker', 'deploy'],
    'How long a session tries to get back to the XMPP server before it gives up with LEAVE `server-gone`.',
  ),
  FRAMES_PER_SECOND: number(
    20,
    { from: 1, to: 10_000 },
    ['worker', 'deploy'],
    'Frames one session may send on average; beyond them ERROR `rate-limited`.',
  ),
  FRAME_BURST: number(
    200,
    { from: 1, to: 100_000 },
    ['worker', 'deploy'],
    'Frames one session may send at once.',
  ),
  MAX_CONTENT_BYTES: number(
    24_576,
    { from: 1024, to: 28_000, unit: 'bytes' },
    ['worker', 'deploy'],
    'Longest text of one message of a simple client as JSON; longer is refused on the way up and cut on the way down. Sequenced clients have fixed limits.',
  ),
  MAX_FRAME_BYTES: number(
    28_672,
    { from: 16_384, to: 32_768, unit: 'bytes' },
    ['worker', 'deploy'],
    'Longest frame to a simple client, and told to it as its own limit. API Gateway closes the socket above 32 KB and bills in steps of 32 KB.',
  ),
  PUSH_QUEUE_BYTES: number(
    1_048_576,
    { from: 65_536, to: 67_108_864, unit: 'bytes' },
    ['worker', 'deploy'],
    'What may wait for one slow socket before it is closed with LEAVE `too-slow`.',
  ),
  SESSION_KEEP_MS: number(
    600_000,
    { from: 10_000, to: 30 * 24 * HOUR_MS, unit: 'ms' },
    ['worker', 'deploy'],
    'How long a sequenced session is kept after its socket; a JOIN with its token goes on with it.',
  ),
  SIMPLE_KEEP_MS: number(
    30_000,
    { from: 0, to: HOUR_MS, unit: 'ms' },
    ['worker', 'deploy'],
    'How long a simple session is kept after its socket; a JOIN with the same name and password goes on with it.',
  ),
  SESSIONS_PER_USER: number(
    5,
    { from: 1, to: 100 },
    ['worker', 'deploy'],
    'Sessions of one user; beyond them the one that has been without a socket longest ends, or else the oldest.',
  ),
  RENEW_MS: number(
    1000,
    { from: 100, to: 10_000, unit: 'ms' },
    ['worker', 'deploy'],
    'How often a worker renews its own row.',
  ),
  LEASE_MS: number(
    4000,
    { from: 1000, to: 60_000, unit: 'ms' },
    ['worker', 'deploy'],
    'A worker whose row is not renewed for so long is taken for dead, and its sessions go to its peers. At least three times `RENEW_MS`, so that one lost renewal is no death.',
  ),
  DRAIN_MS: number(
    100_000,
    { from: 0, to: 115_000, unit: 'ms' },
    ['worker', 'deploy'],
    'How long a worker that is told to stop may take to hand its sessions over; below the 120 s after which ECS kills it.',
  ),
  SEAL_KEY_FILE: text(
    '',
    ['worker'],
    'File of 32 random bytes: the key under which credentials are stored for a take-over. `npm start` makes one. It or `KMS_KEY_ID` must be given.',
  ),
  KMS_KEY_ID: text('', ['worker'], 'The KMS key that seals those credentials, in place of `SEAL_KEY_FILE`.'),
  LOG_LEVEL: choice(
    'info',
    ['debug', 'info', 'warn', 'error', 'silent'],
    ['functions', 'worker', 'deploy'],
    'What the logs hold: ids and sizes, never texts, passwords or tokens.',
  ),
  METRICS: choice(
    '0',
    ['0', '1'],
    ['functions', 'worker'],
    "1 writes metrics to standard output, in CloudWatch's embedded metric format.",
  ),
  METRICS_SERVICE: text(
    'stanzagate',
    ['functions', 'worker'],
    'The dimension `service` of those metrics, by which the deployments of one account are told apart; for AWS the name of the stack.',
  ),
  ...deploySettings,
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
