import type { Clock } from '../../shared/clock.ts'
import { TYPING_MS } from './limits.ts'
import { isSame, NOTHING_YET, unsentOf } from './snapshot.ts'
import type { Contact, Presence, SentMessage, Snapshot, SubscriptionRequest, TypingChange } from './types.ts'

/** A contact as the wire has it. */
export type RosterItem = Omit<Contact, 'address'>

/** What there is to show: immutable snapshots, of which each part keeps its identity until it changes. */
export class View {
  readonly #clock: Clock
  readonly #changed: (changes: Partial<Snapshot>) => void
  /** Who types, each with what cancels its end. */
  readonly #typing = new Map<string, () => void>()
  #snapshot = NOTHING_YET

  constructor(clock: Clock, changed: (changes: Partial<Snapshot>) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  set<Part extends 'status' | 'self'>(part: Part, value: Snapshot[Part]): void {
    if (!isSame(value, this.#snapshot[part])) this.#change({ [part]: value })
  }

  setMessages(messages: Snapshot['messages']): void {
    const unsent = unsentOf(messages)
    const before = this.#snapshot.unsent
    const same = unsent.length === before.length && unsent.every((one, index) => one === before[index])
    this.#change({ messages, unsent: same ? before : unsent })
  }

  setMessage(message: SentMessage): void {
    this.setMessages(new Map(this.#snapshot.messages).set(message.id, message))
  }

  removeMessage(id: string): void {
    const messages = new Map(this.#snapshot.messages)
    if (messages.delete(id)) this.setMessages(messages)
  }

  /** All that is known, anew. */
  setRoster(roster: readonly RosterItem[], requests: readonly SubscriptionRequest[]): void {
    this.#change({ contacts: roster.map(item => this.#toContact(item)).sort(byAddress), requests })
  }

  setContact(item: RosterItem, removed: boolean): Contact {
    const contact = this.#toContact(item)
    const others = this.#snapshot.contacts.filter(({ jid }) => jid !== contact.jid)
    this.#change({ contacts: removed ? others : [...others, contact].sort(byAddress) })
    return contact
  }

  /** Whether both are the same address, however they are written (RFC 7622: case and width do not count). */
  isSame(one: string, other: string): boolean {
    const plain = (text: string) => this.#addressOf(text.normalize('NFKC').toLowerCase())
    return plain(one) === plain(other)
  }

  setPresence(from: string, presence: Presence): void {
    const { contacts } = this.#snapshot
    if (!contacts.some(({ address }) => address === from)) return
    this.#change({ contacts: contacts.map(one => (one.address === from ? { ...one, presence } : one)) })
  }

  addRequest(request: SubscriptionRequest): void {
    const others = this.#snapshot.requests.filter(one => one.from !== request.from)
    this.#change({ requests: [...others, request] })
  }

  removeRequest(from: string): void {
    const requests = this.#snapshot.requests.filter(one => one.from !== from)
    if (requests.length < this.#snapshot.requests.length) this.#change({ requests })
  }

  setTyping({ from, state }: TypingChange): void {
    this.#typing.get(from)?.()
    const typed = this.#typing.delete(from)
    if (state === 'composing') {
      this.#typing.set(
        from,
        this.#clock.after(TYPING_MS, () => this.setTyping({ from, state: 'paused' })),
      )
    } else if (!typed) return
    this.#change({ typing: [...this.#typing.keys()] })
  }

  /** Nobody can tell any more who types. */
  stopTyping(): void {
    for (const from of this.#typing.keys()) this.setTyping({ from, state: 'paused' })
  }

  /** Nothing is known of anybody any more. */
  reset(): void {
    this.#change(NOTHING_YET)
  }

  #toContact(item: RosterItem): Contact {
    return { ...item, address: this.#addressOf(item.jid) }
  }

  /** How the wire calls it: by the local name alone at the user's own domain. */
  #addressOf(jid: string): string {
    const [local = '', domain = ''] = jid.split('@')
    return this.#snapshot.self?.jid.endsWith(`@${domain}`) ? local : jid
  }

  #change(changes: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changes }
    this.#changed(changes)
  }
}

function byAddress(one: Contact, other: Contact): number {
  return one.jid < other.jid ? -1 : 1
}
