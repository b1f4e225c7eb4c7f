import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changePassword } from '../../local/prosody/accounts.ts'
import { startProsody, type ProsodyOptions, type XmppServer } from '../../local/prosody.ts'
import { startStack, used, type Stack, type UsedXmpp } from '../../local/stack.ts'
import { startEjabberd } from './ejabberd.ts'
import { SequencedUser } from './sequenced-user.ts'
import { until } from './until.ts'
import { WebUser, type ConnectOptions } from './web-user.ts'

export interface BridgeOptions {
  server?: 'prosody' | 'ejabberd'
  /** For Prosody, when it shall be another than usual. */
  prosody?: Pick<ProsodyOptions, 'without' | 'hibernationSeconds'>
  workers?: number
  /** Settings of functions and workers. */
  settings?: Record<string, string>
  /** Puts something between the bridge and the XMPP server. */
  between?: (server: XmppServer) => Promise<UsedXmpp>
}

/** The whole bridge as deployed (bundled functions in processes, worker processes) on free ports and a folder of its own. */
export class Bridge {
  readonly stack: Stack
  /** Every line that functions, workers and the XMPP server printed. */
  readonly printed: string[]
  readonly #dir: string
  readonly #prosody: BridgeOptions['prosody']
  readonly #users: { terminate(): void }[] = []
  #xmpp: XmppServer

  private constructor(
    stack: Stack,
    xmpp: XmppServer,
    printed: string[],
    dir: string,
    { prosody }: BridgeOptions,
  ) {
    this.stack = stack
    this.#xmpp = xmpp
    this.printed = printed
    this.#dir = dir
    this.#prosody = prosody
  }

  static async start(options: BridgeOptions = {}): Promise<Bridge> {
    const dir = await mkdtemp(join(tmpdir(), 'stanzagate-test-'))
    const printed: string[] = []
    const xmpp = await startServer(options, dir, line => printed.push(line))
    const { workers = 1, between } = options
    const stack = await startStack({
      dataDir: join(dir, 'bridge'),
      port: 0,
      workers,
      functions: 'bundles',
      xmpp: async () => (between === undefined ? used(xmpp) : between(xmpp)),
      settings: {
        REGISTRATION: 'on-first-join',
        ALLOWED_ORIGINS: 'loopback',
        LOG_LEVEL: 'debug',
        ...options.settings,
      },
      log: (part, line) => printed.push(`${part}: ${line}`),
    })
    return new Bridge(stack, xmpp, printed, dir, options)
  }

  get xmpp(): XmppServer {
    return this.#xmpp
  }

  get url(): string {
    return this.stack.gateway.url
  }

  /** A socket that has not joined. */
  async connect(options: ConnectOptions = {}): Promise<WebUser> {
    const user = await WebUser.connect(this.url, options)
    this.#users.push(user)
    return user
  }

  /** A socket of a user who is signed in; the account is made when it is missing. */
  async signIn(username: string, password = `${username}-pass`): Promise<WebUser> {
    const user = await this.connect()
    await user.join(username, password)
    return user
  }

  /** The same for a sequenced client. */
  async signInSequenced(username: string, password?: string): Promise<SequencedUser> {
    const user = await SequencedUser.signIn(this.url, username, password)
    this.#users.push(user)
    return user
  }

  /** Changes a password at Prosody itself, behind the bridge's back. */
  async changePassword(username: string, password: string): Promise<void> {
    const configFile = join(this.#dir, 'xmpp', 'prosody.cfg.lua')
    await changePassword({ configFile, domain: this.#xmpp.domain }, username, password)
  }

  /** Starts Prosody again after it was stopped, on the same ports with the same accounts. */
  async startXmppAgain(): Promise<void> {
    const { port, tlsPort, httpPort } = this.#xmpp
    const dataDir = join(this.#dir, 'xmpp')
    this.#xmpp = await startProsody({ ...this.#prosody, dataDir, port, tlsPort, httpPort })
  }

  /** Resolves when at least `times` printed lines match. */
  untilPrinted(pattern: RegExp, times: number): Promise<void> {
    return this.until(() => this.printed.filter(line => pattern.test(line)).length >= times, String(pattern))
  }

  /** See `until`. */
  until(holds: () => boolean, what: string): Promise<void> {
    return until(holds, what)
  }

  async stop(): Promise<void> {
    for (const user of this.#users) user.terminate()
    await this.stack.stop()
    await this.#xmpp.stop()
    await rm(this.#dir, { recursive: true, force: true })
  }
}

function startServer(
  { server = 'prosody', prosody }: BridgeOptions,
  dir: string,
  log: (line: string) => void,
): Promise<XmppServer> {
  const dataDir = join(dir, 'xmpp')
  return server === 'prosody' ? startProsody({ ...prosody, dataDir, log }) : startEjabberd({ dataDir, log })
}
