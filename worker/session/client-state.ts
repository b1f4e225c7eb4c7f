import { xml, type Element } from '../xmpp/xml.ts'

const NS_CSI = 'urn:xmpp:csi:0'

export interface ClientStateOptions {
  /** Whether the server knows of it, and keeps the order of stanzas all the same (ARCHITECTURE.md, RS7). */
  readonly safe: () => boolean
  /** Writes an element that is not counted; false when it did not go out. */
  readonly send: (element: Element) => boolean
}

/** XEP-0352: while nobody looks, the server may hold back what only concerns who looks. */
export class ClientState {
  readonly #options: ClientStateOptions
  /** What the server was told last on this stream. */
  #told: 'active' | 'inactive' = 'active'

  constructor(options: ClientStateOptions) {
    this.#options = options
  }

  /** To be said whenever that may have changed. */
  say(attached: boolean): void {
    const now = attached ? 'active' : 'inactive'
    if (now === this.#told || !this.#options.safe()) return
    if (this.#options.send(xml(now, { xmlns: NS_CSI }))) this.#told = now
  }

  /** A stream that is new or resumed begins as active (XEP-0352 4). */
  again(attached: boolean): void {
    this.#told = 'active'
    this.say(attached)
  }
}
