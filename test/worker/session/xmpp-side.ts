import type { Element } from '../../../worker/xmpp/xml.ts'
import { BIND, SM, type FakeClient, type FakeXmpp } from '../../support/fake-xmpp.ts'
import { eventually } from './eventually.ts'

const NS_SM = 'urn:xmpp:sm:3'
const CSI = `<csi xmlns='urn:xmpp:csi:0'/>`

/**
 * The server's side of one stream, by itself once it `play`s: it answers every IQ with nothing, counts what it gets (XEP-0198)
 * and keeps it. Before that a test says what the server answers.
 */
export class XmppSide {
  readonly client: FakeClient
  /** Stanzas of the client, without the IQs that are answered. */
  readonly said: Element[] = []
  /** The last `h` that the client told. */
  h = 0
  /** How many stanzas of its the server has. */
  received: number
  /** How many stanzas it has got since `<enabled/>`. */
  written = 0
  /** Whether it has closed the stream. */
  goodbye = false
  /** While false no stanza is acknowledged. */
  acknowledging = true
  /** All that was written of this stream. */
  readonly #stanzas: string[] = []
  #answered = 0

  private constructor(client: FakeClient, received: number) {
    this.client = client
    this.received = received
  }

  /** The next connection; `received`: stanzas of a stream before that this one goes on with. */
  static async accept(server: FakeXmpp, received = 0): Promise<XmppSide> {
    return new XmppSide(await server.accept(), received)
  }

  /** Up to `<enabled/>`. */
  async admit(jid = 'ana@localhost/here'): Promise<void> {
    await this.client.admit(BIND, SM, CSI)
    await this.client.bind(jid)
    await this.client.enable()
  }

  /** Up to `<resume/>`, which is returned. */
  async askedToResume(): Promise<Element> {
    await this.client.admit(BIND, SM, CSI)
    return this.client.read()
  }

  resumed(): void {
    this.client.write(`<resumed xmlns='${NS_SM}' previd='sm1' h='${this.received}'/>`)
  }

  /** A refused resume, and the new session after it. */
  async notResumed(jid = 'ana@localhost/here', h?: number): Promise<void> {
    const count = h === undefined ? '' : ` h='${h}'`
    this.client.write(
      `<failed xmlns='${NS_SM}'${count}><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
    )
    await this.client.bind(jid)
    await this.client.enable()
  }

  /** From now on it answers by itself. */
  play(): void {
    void this.#play()
  }

  message(text: string, more = ''): void {
    this.stanza(`<message from='ben@localhost/x' type='chat'><body>${text}</body>${more}</message>`)
  }

  /** As a server that resumes: the stanzas of the connection before, behind the `h` that was told to it. */
  again(before: XmppSide, h: number): void {
    this.written = h
    this.#stanzas.push(...before.#stanzas.slice(0, h))
    for (const text of before.#stanzas.slice(h)) this.stanza(text)
  }

  stanza(text: string): void {
    this.written += 1
    this.#stanzas.push(text)
    this.client.write(text)
  }

  /** Resolves when the client has heard all that was written before. */
  async heard(): Promise<number> {
    const before = this.#answered
    this.client.write(`<r xmlns='${NS_SM}'/>`)
    await eventually(() => this.#answered > before)
    return this.h
  }

  bodies(): (string | null)[] {
    return this.said.filter(({ name }) => name === 'message').map(message => message.getChildText('body'))
  }

  untilSaid(what: (stanza: Element) => boolean): Promise<Element> {
    return eventually(() => this.said.find(what))
  }

  async #play(): Promise<void> {
    for (;;) {
      const element = await this.client.read().catch(() => undefined)
      if (element === undefined) return
      this.#take(element)
    }
  }

  #take(element: Element): void {
    const { name, attrs } = element
    if (name === 'goodbye') {
      this.goodbye = true
      this.client.write('</stream:stream>')
      this.client.drop()
    } else if (name === 'a') {
      this.h = Number(attrs['h'])
      this.#answered += 1
    } else if (name === 'r') {
      if (this.acknowledging) this.acknowledge()
    } else if (name === 'iq') {
      this.received += 1
      const id = String(attrs['id'])
      if (attrs['type'] !== 'result') this.stanza(`<iq type='result' id='${id}'/>`)
    } else if (name === 'message' || name === 'presence') {
      this.received += 1
      this.said.push(element)
    }
  }

  acknowledge(): void {
    this.client.write(`<a xmlns='${NS_SM}' h='${this.received}'/>`)
  }
}
