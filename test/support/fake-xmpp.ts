import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { TLSSocket } from 'node:tls'
import xml, { Parser, type Element } from '@xmpp/xml'
import { generate } from 'selfsigned'
import { Arrivals } from './arrivals.ts'
import { ScramServer, type ScramAccount } from './scram-server.ts'

const HEADER = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='s1' from='localhost'>`
const NS_SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
const NS_TLS = 'urn:ietf:params:xml:ns:xmpp-tls'

export const STARTTLS = `<starttls xmlns='${NS_TLS}'/>`
export const BIND = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`
export const SM = `<sm xmlns='urn:xmpp:sm:3'/>`

export interface TlsIdentity {
  key: string
  cert: string
}

/** A certificate of its own for a domain, which is also what a client has to trust. */
export async function identityFor(domain: string): Promise<TlsIdentity> {
  const made = await generate([{ name: 'commonName', value: domain }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: domain }] }],
  })
  return { key: made.private, cert: made.cert }
}

/**
 * An XMPP server that does nothing by itself: a test accepts a connection and says, step by step, what the server answers, so that every
 * malformed, late or hostile answer is a line of a test. The ordinary steps have names; for all others there is `read()`, the next
 * element of the client, and `write()`, any text or bytes.
 *
 *     const opening = openStream({ target: { host: '127.0.0.1', port: server.port, … }, … }, signal)
 *     const client = await server.accept()
 *     await client.admit()
 *     await client.bind('juliet@localhost/balcony')
 *     await client.enable(`<message from='romeo@localhost'/>`)   // in one piece with <enabled/>
 */
export class FakeXmpp {
  readonly port: number
  readonly #server: Server
  readonly #connected: FakeClient[] = []
  readonly #clients = new Arrivals<FakeClient>('connection')

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
    server.on('connection', socket => {
      const client = new FakeClient(socket)
      this.#connected.push(client)
      this.#clients.push(client)
    })
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<FakeXmpp> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeXmpp(server, (server.address() as AddressInfo).port)
  }

  /** The next connection that nobody has accepted yet. */
  accept(): Promise<FakeClient> {
    return this.#clients.next()
  }

  /** Drops what is connected and listens no more. */
  stop(): void {
    for (const client of this.#connected) client.drop()
    this.#server.close()
  }
}

/** The server's side of one connection. */
export class FakeClient {
  #socket: Socket
  readonly #elements = new Arrivals<Element>('element')
  #feed = parserInto(this.#elements)
  /** Settles when TCP is gone. */
  readonly gone: Promise<void>

  constructor(socket: Socket) {
    this.#socket = socket
    this.gone = new Promise(resolve => socket.once('close', () => resolve()))
    this.#listen()
  }

  /** The next element of the client: a stream header without its children, a stanza, or `</stream:stream>` as `goodbye`. */
  read(): Promise<Element> {
    return this.#elements.next()
  }

  /** All in one piece, and as it is. */
  write(data: string | Buffer): void {
    this.#socket.write(data)
  }

  /** Byte after byte, each in a packet of its own as far as TCP allows. */
  async drip(data: string): Promise<void> {
    for (const byte of Buffer.from(data)) {
      this.#socket.write(Buffer.of(byte))
      await new Promise(setImmediate)
    }
  }

  /** Ends TCP without a word. */
  drop(): void {
    this.#socket.destroy()
  }

  /** Takes the client's stream header, and answers with ours and these features. */
  async open(...features: string[]): Promise<Element> {
    const header = await this.read()
    this.write(`${HEADER}<stream:features>${features.join('')}</stream:features>`)
    return header
  }

  /** TLS from here on (RFC 6120 5); `before` is written in one piece with `<proceed/>`. */
  async startTls(identity: TlsIdentity, before = ''): Promise<void> {
    await this.read()
    this.write(`<proceed xmlns='${NS_TLS}'/>${before}`)
    this.secure(identity)
  }

  secure(identity: TlsIdentity): void {
    this.#socket.removeAllListeners('data')
    this.#socket = new TLSSocket(this.#socket, { isServer: true, ...identity })
    this.restart()
    this.#listen()
  }

  /** What comes next is a new stream. To be called before the answer that makes the client open it. */
  restart(): void {
    this.#feed = parserInto(this.#elements)
  }

  /** A login by SCRAM on an open stream; returns what the client was told at last. */
  async authenticate(account: ScramAccount): Promise<'success' | 'failure'> {
    const scram = new ScramServer(account)
    const auth = await this.read()
    this.write(sasl('challenge', scram.challenge(decode(auth))))
    const final = scram.final(decode(await this.read()))
    if (final === undefined) {
      this.write(`<failure xmlns='${NS_SASL}'><not-authorized/></failure>`)
      return 'failure'
    }
    this.restart()
    this.write(sasl('success', final))
    return 'success'
  }

  /** The shortest login, by PLAIN, up to the features after it. */
  async admit(...features: string[]): Promise<void> {
    await this.open(mechanisms('PLAIN'))
    await this.read()
    this.restart()
    this.write(sasl('success', ''))
    await this.open(...(features.length > 0 ? features : [BIND, SM]))
  }

  async bind(jid: string): Promise<void> {
    const request = await this.read()
    const result = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${jid}</jid></bind>`
    this.write(`<iq type='result' id='${request.attrs.id}'>${result}</iq>`)
  }

  /** Takes `<enable/>`; `after` is written in one piece with `<enabled/>`. */
  async enable(after = ''): Promise<void> {
    await this.read()
    this.write(`<enabled xmlns='urn:xmpp:sm:3' id='sm1' resume='true' max='300'/>${after}`)
  }

  #listen(): void {
    this.#socket.on('data', data => this.#feed(data))
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#elements.close())
  }
}

export function mechanisms(...names: string[]): string {
  return `<mechanisms xmlns='${NS_SASL}'>${names.map(name => `<mechanism>${name}</mechanism>`).join('')}</mechanisms>`
}

export function sasl(name: 'challenge' | 'success', text: string): string {
  return `<${name} xmlns='${NS_SASL}'>${Buffer.from(text).toString('base64')}</${name}>`
}

export function decode(element: Element): string {
  return Buffer.from(element.getText(), 'base64').toString()
}

function parserInto(elements: Arrivals<Element>): (data: Buffer) => void {
  const parser = new Parser()
  parser.on('start', (header: Element) => elements.push(header))
  parser.on('element', (element: Element) => elements.push(element))
  parser.on('end', () => elements.push(xml('goodbye')))
  const text = new StringDecoder('utf8')
  return data => parser.write(text.write(data))
}
