import type { Element } from '../xmpp/xml.ts'

/** So many messages may wait for the server's acknowledgement; a healthy one acknowledges within a second. */
const LIMIT = 256

/** The stanza that a frame of the client became. */
export interface Outgoing {
  readonly stanza: Element
  readonly frameId: string | undefined
  /** Of a sequenced client. */
  readonly seq: number | undefined
}

/** Only a text is certain to be in an archive, where it can be looked for. */
export function isText({ stanza }: Outgoing): boolean {
  return stanza.getChild('body') !== undefined
}

/** `suspect`: an earlier worker may have sent it, so it is looked for before it is sent. */
export type Waiting = Outgoing & { readonly suspect: boolean }

/** What a lost stream leaves: what the server has, certainly has not, and may have. */
export interface Leftovers {
  readonly arrived: readonly Outgoing[]
  readonly unsent: readonly Outgoing[]
  readonly unknown: readonly Outgoing[]
}

/**
 * Stanzas of frames in the client's order: first those on their way to the XMPP server, by their outbound number, until it
 * acknowledges them (XEP-0198 4), then those that wait to be sent.
 */
export class Outbox {
  readonly #sent = new Map<number, Outgoing>()
  #waiting: readonly Waiting[] = []

  get full(): boolean {
    return this.#sent.size + this.#waiting.length >= LIMIT
  }

  get waiting(): readonly Waiting[] {
    return this.#waiting
  }

  get sent(): readonly (readonly [number, Outgoing])[] {
    return [...this.#sent]
  }

  get suspects(): readonly Waiting[] {
    return this.#waiting.filter(({ suspect }) => suspect)
  }

  /** The next to send, unless a suspect comes before it. */
  get next(): Waiting | undefined {
    const [first] = this.#waiting
    return first?.suspect ? undefined : first
  }

  /** It went out under this number. */
  add(number: number, outgoing: Outgoing): void {
    this.#sent.set(number, outgoing)
  }

  /** It waits behind all others. */
  wait(waiting: Waiting): void {
    this.#waiting = [...this.#waiting, waiting]
  }

  /** It waits no longer. */
  drop(outgoing: Outgoing): void {
    this.#waiting = this.#waiting.filter(each => each !== outgoing)
  }

  /** The archive does not have it, so it is sent in its turn. */
  clear(suspect: Waiting): void {
    this.#waiting = this.#waiting.map(each => (each === suspect ? { ...each, suspect: false } : each))
  }

  /** The server has all up to this number. Returns what that is news of. */
  acknowledged(count: number): readonly Outgoing[] {
    const arrived = [...this.#sent].filter(([number]) => number <= count)
    for (const [number] of arrived) this.#sent.delete(number)
    return arrived.map(([, outgoing]) => outgoing)
  }

  /**
   * The stream is gone for good. With the server's own count (`failedH`, XEP-0198 5) what it has not handled is certain,
   * without it nobody knows. What waits goes on waiting.
   */
  startOver(failedH: number | undefined): Leftovers {
    const arrived = failedH === undefined ? [] : this.acknowledged(failedH)
    const rest = [...this.#sent.values()]
    this.#sent.clear()
    return failedH === undefined
      ? { arrived, unsent: [], unknown: rest }
      : { arrived, unsent: rest, unknown: [] }
  }

  /** These wait before all others, in this order. */
  putBack(waiting: readonly Waiting[]): void {
    this.#waiting = [...waiting, ...this.#waiting]
  }
}
