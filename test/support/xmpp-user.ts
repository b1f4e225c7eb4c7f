import { randomUUID } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import { client, xml, type Client } from '@xmpp/client'
import type { Element } from '@xmpp/xml'
import type { XmppAddress } from '../target/target.ts'
import { Inbox } from './inbox.ts'

/** The library's own 2 s for opening a stream are too few on a machine that also runs servers and bundlers. */
const STREAM_TIMEOUT_MS = 15_000

export interface LoginOptions {
  resource?: string
  /** Direct TLS is the default; `websocket` is RFC 7395, without TLS, on loopback. */
  transport?: 'tls' | 'websocket'
  /** Default true: available, and known to be so by the server, when `login` resolves. */
  presence?: boolean
}

type Served = XmppAddress & { readonly httpPort?: number }

/** An ordinary XMPP client that shares no code with the bridge: the stock @xmpp/client with promises around it. */
export class XmppUser {
  /** The full JID. */
  readonly jid: string
  readonly bareJid: string
  readonly #xmpp: Client
  readonly #inbox: Inbox<Element>

  private constructor(jid: string, xmpp: Client, inbox: Inbox<Element>) {
    this.jid = jid
    this.bareJid = jid.replace(/\/.*$/, '')
    this.#xmpp = xmpp
    this.#inbox = inbox
  }

  /** Logs in to an existing account. Rejects with the library's SASLError when the server refuses. */
  static async login(server: Served, username: string, password: string, options: LoginOptions = {}) {
    const resource = options.resource ?? `ordinary-${randomUUID().slice(0, 8)}`
    const xmpp = connection(server, options.transport ?? 'tls', { username, password, resource })
    const inbox = new Inbox<Element>(username, String)
    xmpp.on('stanza', stanza => inbox.push(stanza))
    xmpp.on('disconnect', () => inbox.close('the connection ended'))
    try {
      const jid = String(await xmpp.start())
      const user = new XmppUser(jid, xmpp, inbox)
      if (options.presence ?? true) await user.#becomeAvailable()
      return user
    } catch (error) {
      destroySocket(xmpp)
      throw error
    }
  }

  /** Makes an account (XEP-0077, in-band). Rejects with the library's StanzaError, `conflict` when the name is taken. */
  static async register(server: Served, username: string, password: string): Promise<void> {
    const answered = Promise.withResolvers<unknown>()
    const fields = [xml('username', {}, username), xml('password', {}, password)]
    const query = xml('query', { xmlns: 'jabber:iq:register' }, ...fields)
    const xmpp = connection(server, 'tls', {
      // XEP-0077, 3.1: registration comes where authentication would; this stream never authenticates.
      credentials: async (_authenticate, _mechanisms, _fast, entity) => {
        answered.resolve(entity.iqCaller.set(query))
        await Promise.withResolvers<void>().promise
      },
    })
    xmpp.start().catch(answered.reject)
    try {
      await answered.promise
    } finally {
      destroySocket(xmpp)
    }
  }

  /** All stanzas received so far, oldest first. */
  get received(): readonly Element[] {
    return this.#inbox.all
  }

  /** Sends a chat message and resolves with its id once it is written to the socket. */
  async send(to: string, body: string, attributes: Record<string, string> = {}): Promise<string> {
    const id = attributes['id'] ?? randomUUID()
    await this.sendRaw(xml('message', { type: 'chat', to, ...attributes, id }, xml('body', {}, body)))
    return id
  }

  /** Sends presence, for example `sendPresence({ type: 'subscribe', to: 'jose@localhost' })`. */
  async sendPresence(attributes: Record<string, string> = {}, ...children: Element[]): Promise<void> {
    await this.sendRaw(xml('presence', attributes, ...children))
  }

  async sendRaw(element: Element): Promise<void> {
    await this.#xmpp.send(element)
  }

  /** Sends an IQ and resolves with the `<iq type='result'/>`; rejects with the library's StanzaError. */
  request(iq: Element): Promise<Element> {
    return this.#xmpp.iqCaller.request(iq)
  }

  /** See Inbox.waitFor. */
  waitFor(accepts: (stanza: Element) => boolean, what: string, limitMs?: number): Promise<Element> {
    return this.#inbox.waitFor(accepts, what, limitMs)
  }

  /** The next message with a body, of this text when one is given, from this bare or full JID when one is given. */
  waitForMessage(body?: string, from?: string): Promise<Element> {
    const isIt = (stanza: Element) =>
      stanza.is('message') &&
      stanza.getChild('body') !== undefined &&
      (body === undefined || stanza.getChildText('body') === body) &&
      (from === undefined || String(stanza.attrs['from']).startsWith(from))
    const what = body === undefined ? 'a message' : `the message ${JSON.stringify(body.slice(0, 60))}`
    return this.waitFor(isIt, from === undefined ? what : `${what} from ${from}`)
  }

  /** XEP-0280: copies of what the user's other devices send and receive. */
  async enableCarbons(): Promise<void> {
    await this.request(xml('iq', { type: 'set' }, xml('enable', { xmlns: 'urn:xmpp:carbons:2' })))
  }

  /** The `<item/>` elements of the roster (RFC 6121, 2.1.3). */
  async requestRoster(): Promise<Element[]> {
    const result = await this.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })))
    return result.getChild('query')?.getChildren('item') ?? []
  }

  /** Closes the stream, and with it the session; nothing happens when it is closed already. */
  async logout(): Promise<void> {
    if (this.#xmpp.status === 'online') await this.#xmpp.stop()
  }

  /** Drops a TLS connection without closing the stream, as a lost network does; a WebSocket can only be closed. */
  terminate(): void {
    destroySocket(this.#xmpp)
  }

  /** RFC 6121, 4.2.2: the server sends initial presence to the user's own resources too, so its echo proves it. */
  async #becomeAvailable(): Promise<void> {
    await this.sendPresence()
    await this.waitFor(
      stanza => stanza.is('presence') && stanza.attrs['from'] === this.jid,
      'its own presence',
    )
  }
}

function connection(
  server: Served,
  transport: 'tls' | 'websocket',
  login: Pick<
    NonNullable<Parameters<typeof client>[0]>,
    'username' | 'password' | 'resource' | 'credentials'
  >,
): Client {
  const overTls = transport === 'tls'
  const xmpp = client({
    service: overTls ? serviceAt(server) : `ws://${server.host}:${server.httpPort}/xmpp-websocket`,
    domain: server.domain,
    timeout: STREAM_TIMEOUT_MS,
    ...login,
  })
  // A test decides itself what happens after a disconnect.
  xmpp.reconnect.stop()
  // An emitter without this listener would end the test run; what matters shows as a rejection or a closed inbox.
  xmpp.on('error', () => undefined)
  if (overTls && server.tlsPort !== undefined) trust(xmpp, server)
  decodeAcrossChunks(xmpp)
  return xmpp
}

/** Direct TLS where the server has it; STARTTLS needs no more than the domain, and takes no authority of its own. */
function serviceAt({ host, port, tlsPort }: Served): string {
  return tlsPort === undefined ? `xmpp://${host}:${port}` : `xmpps://${host}:${tlsPort}`
}

/** The library has no option for a certificate authority. */
function trust(xmpp: Client, { domain: servername, ca }: Served): void {
  const address = xmpp.socketParameters.bind(xmpp)
  const tlsOptions = { servername, ...(ca !== undefined && { ca }) }
  xmpp.socketParameters = service => Object.assign({}, address(service), tlsOptions)
}

/** 0.14.0 decodes each chunk by itself, which breaks a character that two chunks share, and throws after the end. */
function decodeAcrossChunks(xmpp: Client): void {
  const decoder = new StringDecoder('utf8')
  Object.assign(xmpp, {
    _onData: (data: Buffer | string) => xmpp.parser?.write(decoder.write(data)),
  })
}

function destroySocket(xmpp: Client): void {
  const outer: unknown = xmpp.socket
  const socket = hasSocket(outer) ? outer.socket : outer
  if (canDestroy(socket)) socket.destroy()
  else void xmpp.disconnect().catch(() => undefined)
}

function hasSocket(value: unknown): value is { socket: unknown } {
  return typeof value === 'object' && value !== null && 'socket' in value && value.socket !== null
}

function canDestroy(value: unknown): value is { destroy: () => void } {
  return (
    typeof value === 'object' && value !== null && 'destroy' in value && typeof value.destroy === 'function'
  )
}
