import * as z from 'zod/mini'

/** Where the integration suite runs. TARGET says it, and this is the only place that reads it and what goes with it. */

/** Every value of TARGET, and what it needs. */
export const TARGETS = {
  local: 'the bridge on this machine, as `npm start` puts it together; needs nothing',
  template: 'the bridge on this machine, as the synthesized template puts it together; needs nothing',
  localstack:
    'LocalStack; needs what `npm run test:localstack` installs, or AWS_ENDPOINT_URL of one that runs',
  ministack: 'the stack deployed to MiniStack; needs what `npm run test:ministack` installs',
  aws: 'a bridge that runs, known by its address alone; needs STANZAGATE_URL, STANZAGATE_ACCOUNTS and XMPP_DOMAIN',
} as const
export type TargetName = keyof typeof TARGETS

export type Target =
  | { readonly name: 'local' | 'template' | 'ministack' }
  | { readonly name: 'localstack'; readonly endpoint: string | undefined }
  | AwsTarget

export interface AwsTarget {
  readonly name: 'aws'
  /** Where clients connect. */
  readonly url: string
  /** They exist at the XMPP server, or are made by their first JOIN. */
  readonly accounts: readonly [Account, Account, ...Account[]]
  readonly domain: string
  /** Where ordinary XMPP clients sign in; undefined: nowhere that this machine reaches. */
  readonly xmpp: XmppAddress | undefined
}

export interface Account {
  readonly username: string
  readonly password: string
}

/** How an ordinary XMPP client reaches the server: TLS from the first byte at `tlsPort`, or else STARTTLS at `port`. */
export interface XmppAddress {
  readonly host: string
  readonly port?: number
  readonly tlsPort?: number
  readonly domain: string
  /** PEM of the authority to trust; absent: those that Node trusts, NODE_EXTRA_CA_CERTS among them. */
  readonly ca?: string
}

/** TARGET, or what its value needs, is missing or wrong. */
export class BadTarget extends Error {
  override readonly name = 'BadTarget'
}

type Environment = Readonly<Record<string, string | undefined>>

const NAMES = Object.keys(TARGETS) as TargetName[]
const STARTTLS_PORT = 5222
/** XEP-0368 leaves it to SRV records; 5223 is the custom. */
const DIRECT_TLS_PORT = 5223

const account = z.pipe(
  z.string().check(z.regex(/^[^:]+:.+$/)),
  z.transform((entry): Account => {
    const [username = '', ...rest] = entry.split(':')
    return { username, password: rest.join(':') }
  }),
)

const about = {
  STANZAGATE_URL: 'must be the address of the bridge, wss://…: the output WebSocketUrl of the stack',
  STANZAGATE_ACCOUNTS: 'must list two accounts or more, name:password,name:password',
  XMPP_DOMAIN: 'must be the domain of the accounts',
  STANZAGATE_XMPP_URL:
    'may be the XMPP server for ordinary clients, xmpps://host:port (direct TLS) or xmpp://host:port',
} as const

const ofAws = z.object({
  STANZAGATE_URL: z.url({ protocol: /^wss?$/, error: about.STANZAGATE_URL }),
  STANZAGATE_ACCOUNTS: z.pipe(
    z.pipe(
      z.string({ error: about.STANZAGATE_ACCOUNTS }),
      z.transform(list => list.split(',')),
    ),
    z.tuple([account, account], account, { error: about.STANZAGATE_ACCOUNTS }),
  ),
  XMPP_DOMAIN: z.string({ error: about.XMPP_DOMAIN }).check(z.minLength(1, about.XMPP_DOMAIN)),
  STANZAGATE_XMPP_URL: z.optional(z.url({ protocol: /^xmpps?$/, error: about.STANZAGATE_XMPP_URL })),
})

/**
 * Reads where the suite is to run, `local` when nothing says otherwise.
 * @throws BadTarget, which names every value there is or everything that the chosen one lacks.
 */
export function readTarget(env: Environment): Target {
  const given = env['TARGET'] || 'local'
  const name = NAMES.find(each => each === given)
  switch (name) {
    case 'local':
    case 'template':
    case 'ministack':
      return { name }
    case 'localstack':
      return { name, endpoint: env['AWS_ENDPOINT_URL'] || undefined }
    case 'aws':
      return readAws(env)
    case undefined: {
      const values = NAMES.map(each => `  ${each.padEnd(10)}  ${TARGETS[each]}`)
      throw new BadTarget([`TARGET is ${given}, and must be one of these:`, ...values].join('\n'))
    }
  }
}

function readAws(env: Environment): AwsTarget {
  const read = ofAws.safeParse(env)
  if (!read.success) {
    const wrong = new Set(read.error.issues.map(({ path: [name] }) => name as keyof typeof about))
    const lines = [...wrong].map(name => `  ${name} ${about[name]}`)
    throw new BadTarget(['TARGET is aws, which needs more:', ...lines].join('\n'))
  }
  const { STANZAGATE_URL: url, STANZAGATE_ACCOUNTS: accounts, XMPP_DOMAIN: domain } = read.data
  const xmppUrl = read.data.STANZAGATE_XMPP_URL
  return {
    name: 'aws',
    url,
    accounts,
    domain,
    xmpp: xmppUrl === undefined ? undefined : addressIn(xmppUrl, domain),
  }
}

function addressIn(url: string, domain: string): XmppAddress {
  const { protocol, hostname: host, port } = new URL(url)
  return protocol === 'xmpps:'
    ? { host, tlsPort: Number(port) || DIRECT_TLS_PORT, domain }
    : { host, port: Number(port) || STARTTLS_PORT, domain }
}
