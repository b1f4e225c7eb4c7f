import type { Clock } from '../../shared/clock.ts'
import type { Jid } from '../../shared/wire/jid.ts'
import { Contacts } from '../contacts.ts'
import type { KnownFeatures } from '../features.ts'
import type { Effects, Owed, SentStanza, View } from '../translate/effects.ts'
import { Weighed } from '../weighed.ts'
import type { Element } from '../xmpp/xml.ts'
import { askingForRow } from './luggage.ts'
import type { OwnPresence } from './own-presence.ts'
import type { Requests } from './requests.ts'
import { Written } from './written.ts'

/** In characters: a server keeps about 500 messages for a stream that is to be resumed, and each is owed a receipt of some 200. */
const MAX_OWED = 131_072

/** What is so from the beginning of a session. */
export interface Given {
  readonly own: Jid
  readonly clock: Clock
  readonly newId: () => string
  readonly limits: View['limits']
  /** Shared by the sessions of a worker. */
  readonly features: KnownFeatures
  readonly mode: 'simple' | 'sequenced'
  /** Who asks to see the user's presence, as the row of the session tells. */
  readonly asking?: readonly string[] | undefined
  /** The row is to tell something else of that. */
  readonly noteAsking: (addresses: readonly string[]) => void
}

/** What a session knows of its user, its contacts, its server and what it said itself: all that translation may look at. */
export class Knowledge {
  /** The user's own, as the server bound it last. */
  fullJid = ''
  readonly #given: Given
  readonly #presence: OwnPresence
  readonly #requests: Requests
  readonly #contacts = new Contacts()
  readonly #written = new Written()
  /** By the text of the stanza. */
  readonly #owed = new Weighed<Owed>(MAX_OWED, text => text.length)
  /** What the row tells of who asks, or is to tell. */
  #noted: string

  constructor(given: Given, presence: OwnPresence, requests: Requests) {
    this.#noted = JSON.stringify(given.asking ?? [])
    this.#given = given
    this.#presence = presence
    this.#requests = requests
  }

  /** Nobody can be told from a stranger, and the answer that will tell is on its way. */
  get awaitsRoster(): boolean {
    return !this.#contacts.loaded && this.#requests.count('roster') > 0
  }

  /** As it is now: to be taken anew for each translation. */
  view(): View {
    const { own, mode, limits, newId, clock, features } = this.#given
    return {
      mode,
      own,
      limits,
      newId,
      fullJid: this.fullJid,
      contacts: this.#contacts,
      presence: this.#presence.shown,
      features: features.current,
      sent: id => this.#written.sent(id),
      wroteTo: jid => this.#written.to(jid),
      collected: queryId => this.#requests.collected(queryId),
      owed: () => this.#owed.values(),
      openHistories: this.#requests.count('history'),
      now: clock.now(),
    }
  }

  /** What of the effects of a translation is knowledge. */
  learn({ contacts, owed, archived, learned }: Effects): void {
    for (const patch of contacts ?? []) this.#contacts.apply(patch)
    // Whether it came, was refused or is late: what waited for it waits no longer.
    if (!this.awaitsRoster) this.#owed.clear()
    else if (owed !== undefined) this.#owed.set(String(owed.stanza), owed)
    if (archived !== undefined) this.#requests.collect(archived.queryId, archived.entry)
    if (learned !== undefined) this.#given.features.learn(learned)
    // Presence is most of what comes, and changes nothing of who asks.
    if (contacts?.some(({ kind }) => kind !== 'presence')) this.#noteAsking()
  }

  /** This stanza was sent, or is to be. */
  wrote(stanza: Element, sent: SentStanza): void {
    this.#written.remember(stanza, sent)
  }

  #noteAsking(): void {
    const addresses = askingForRow(this.#contacts.requests(), this.#given.own)
    const text = JSON.stringify(addresses)
    if (text === this.#noted) return
    this.#noted = text
    this.#given.noteAsking(addresses)
  }
}
