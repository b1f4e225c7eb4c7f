import type { XmppAddress } from '../protocol.ts'
import { PASSWORD } from '../users.ts'
import { TextSocket } from './socket.ts'
import type { Talker } from './talker.ts'

const FRAMING = 'urn:ietf:params:xml:ns:xmpp-framing'
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind'
const STANZA_IDS = 'urn:xmpp:sid:0'

/**
 * XMPP over WebSocket (RFC 7395), spoken by hand: no library's work is part of the figure that the bridge is held against.
 * Texts hold nothing that XML would escape.
 */
export class DirectTalker implements Talker {
  readonly username: string
  onText: (text: string) => void = () => undefined
  readonly #socket: TextSocket
  readonly #domain: string
  #sent = 0

  private constructor(socket: TextSocket, username: string, domain: string) {
    this.#socket = socket
    this.username = username
    this.#domain = domain
    socket.onText = stanza => this.#hear(stanza)
  }

  /** Signs in and becomes available. */
  static async signIn({ host, httpPort, domain }: XmppAddress, username: string): Promise<DirectTalker> {
    const socket = await TextSocket.open(`ws://${host}:${httpPort}/xmpp-websocket`, ['xmpp'])
    const ask = (text: string, answer: string) => {
      const answered = socket.next(received => received.includes(answer))
      socket.send(text)
      return answered
    }
    const open = `<open xmlns="${FRAMING}" to="${domain}" version="1.0"/>`
    // RFC 4616: no authorization identity, name, password.
    const plain = Buffer.from(`\0${username}\0${PASSWORD}`).toString('base64')
    await ask(open, 'features')
    await ask(`<auth xmlns="${SASL}" mechanism="PLAIN">${plain}</auth>`, '<success')
    await ask(open, 'features')
    await ask(`<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="${BIND}"/></iq>`, '<jid>')
    // RFC 6121 4.2.2: the server sends it to the user's own resources too, so its echo proves it.
    await ask(`<presence xmlns="jabber:client"/>`, '<presence')
    return new DirectTalker(socket, username, domain)
  }

  send(to: string, text: string): void {
    this.#sent += 1
    const id = `${this.username}-${this.#sent}`
    const address = `to="${to}@${this.#domain}" id="${id}"`
    // What the bridge sends for a text, so that the server has the same work with both.
    const content = `<body>${text}</body><origin-id xmlns="${STANZA_IDS}" id="${id}"/>`
    this.#socket.send(`<message xmlns="jabber:client" type="chat" ${address}>${content}</message>`)
  }

  #hear(stanza: string): void {
    const body = /<body>([^<]*)<\/body>/.exec(stanza)?.[1]
    if (body !== undefined) this.onText(body)
  }
}
