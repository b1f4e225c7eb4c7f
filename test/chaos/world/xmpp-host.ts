import { join } from 'node:path'
import { startProsody, type XmppServer } from '../../../local/prosody.ts'
import { seedAccounts } from '../../../local/prosody/accounts.ts'
import { startEjabberd } from '../../support/ejabberd.ts'

export const serverNames = ['prosody', 'ejabberd'] as const
export type ServerName = (typeof serverNames)[number]

/** Prosody's own default; ejabberd ends a session for which more waits unacknowledged, Prosody resumes it no more. */
const ACK_QUEUE = 500

export interface XmppHostOptions {
  readonly server: ServerName
  readonly folder: string
  readonly users: readonly string[]
  readonly password: string
  readonly log: (line: string) => void
}

/** A real XMPP server that can be started again with its accounts and archive, and without its streams. */
export class XmppHost {
  readonly #options: XmppHostOptions
  #running: XmppServer

  private constructor(options: XmppHostOptions, running: XmppServer) {
    this.#options = options
    this.#running = running
  }

  /** On Prosody all accounts are made beforehand; ejabberd's are made by the first JOINs. */
  static async start(options: XmppHostOptions): Promise<XmppHost> {
    const host = new XmppHost(options, await start(options))
    if (options.server === 'prosody') {
      const { users, password, folder } = options
      const accounts = users.map(username => ({ username, password }))
      await seedAccounts(join(folder, 'xmpp'), host.server.domain, accounts)
    }
    return host
  }

  /** The one that runs now. */
  get server(): XmppServer {
    return this.#running
  }

  /** SIGTERM and a new start, as an administrator does it. It may listen on another port then. */
  async restart(): Promise<void> {
    await this.#running.stop()
    this.#running = await start(this.#options)
  }

  stop(): Promise<void> {
    return this.#running.stop()
  }
}

function start({ server, folder, log }: XmppHostOptions): Promise<XmppServer> {
  const dataDir = join(folder, 'xmpp')
  if (server === 'ejabberd') return startEjabberd({ dataDir, log, ackQueue: ACK_QUEUE })
  return startProsody({ dataDir, log, ackQueue: ACK_QUEUE })
}
