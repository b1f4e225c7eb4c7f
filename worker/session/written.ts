import type { SentStanza } from '../translate/effects.ts'
import type { Element } from '../xmpp/xml.ts'
import { Recent } from './recent.ts'

/** What comes back about a stanza (an error, a receipt) is about one sent lately, or is passed on without it. */
const REMEMBERED = 256

/** What the user has sent lately, and to whom. */
export class Written {
  readonly #sent = new Recent<string, SentStanza>(REMEMBERED)
  /** Bare JIDs. */
  readonly #to = new Recent<string, true>(REMEMBERED)

  remember(stanza: Element, sent: SentStanza): void {
    const { id } = stanza.attrs
    if (id !== undefined) this.#sent.set(id, sent)
    if (stanza.is('message')) this.#to.set(sent.to, true)
  }

  sent(stanzaId: string): SentStanza | undefined {
    return this.#sent.get(stanzaId)
  }

  /** Whether a message went to this bare JID. */
  to(jid: string): boolean {
    return this.#to.get(jid) !== undefined
  }
}
