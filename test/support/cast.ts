import { randomUUID } from 'node:crypto'
import type { Element } from '@xmpp/xml'
import type { ProsodyServer } from '../../local/prosody.ts'
import type { Credential, ResumeState } from '../../worker/xmpp/stream.ts'
import { archivedTexts } from './archive.ts'
import type { EjabberdServer } from './ejabberd.ts'
import { RemoteStream } from './remote-stream.ts'
import { XmppUser } from './xmpp-user.ts'

export type Server = ProsodyServer | EjabberdServer
type Saved = { resume: ResumeState; credential: Credential }

/** Who takes part in a take-over: a contact with an ordinary client, and for each test a holder of a stream and its successor. */
export class Cast {
  readonly contact: XmppUser
  readonly #server: Server
  #username = ''
  #holders: RemoteStream[] = []

  private constructor(server: Server, contact: XmppUser) {
    this.#server = server
    this.contact = contact
  }

  static async gather(server: Server): Promise<Cast> {
    await XmppUser.register(server, 'contact', 'contact-pass')
    return new Cast(server, await XmppUser.login(server, 'contact', 'contact-pass'))
  }

  /**
   * A new user, whose presence the contact has: it would be told of a session that ends.
   * @param port where the first holder connects, if not at the server itself.
   */
  async enter(port?: number): Promise<{ contact: XmppUser; first: RemoteStream; jid: string }> {
    const { contact } = this
    this.#username = `user-${randomUUID().slice(0, 8)}`
    const password = { kind: 'password', username: this.#username, password: 'pass' } as const
    const { stream: first, opened } = await this.#open(password, { port })
    const jid = opened.jid ?? ''
    await first.send('presence')
    await first.send('presence', { to: contact.jid })
    await contact.waitFor(
      stanza => stanza.is('presence') && stanza.attrs['from'] === jid,
      'the presence of the holder',
    )
    return { contact, first, jid }
  }

  /** Another process, with what the first one left as JSON and nothing else. */
  async succeed(saved: Saved) {
    const { resume, credential } = JSON.parse(JSON.stringify(saved)) as Saved
    const { stream: second, opened } = await this.#open(credential, { resume })
    return { second, opened }
  }

  /** Another process, which binds a session of its own under the same resource. */
  async startOver({ credential }: Saved): Promise<RemoteStream> {
    return (await this.#open(credential)).stream
  }

  /** The texts in the archive of the user (XEP-0313). */
  async archived(): Promise<string[]> {
    const user = await XmppUser.login(this.#server, this.#username, 'pass')
    const texts = await archivedTexts(user)
    await user.logout()
    return texts
  }

  async killHolders(): Promise<void> {
    await Promise.all(this.#holders.splice(0).map(holder => holder.kill()))
  }

  async #open(
    credential: Credential,
    { resume, port }: { resume?: ResumeState; port?: number | undefined } = {},
  ) {
    const { host, tlsPort, domain, ca } = this.#server
    const stream = new RemoteStream()
    this.#holders.push(stream)
    const target = { host, port: port ?? tlsPort, domain, security: 'direct-tls', ca } as const
    const order = { target, credential, resource: 'bridge', register: true }
    return { stream, opened: await stream.open(resume === undefined ? order : { ...order, resume }) }
  }
}

/** Whether a stanza says that the session of a full JID is over. */
export function isGone(jid: string): (stanza: Element) => boolean {
  return stanza =>
    stanza.is('presence') && stanza.attrs['from'] === jid && stanza.attrs['type'] === 'unavailable'
}
