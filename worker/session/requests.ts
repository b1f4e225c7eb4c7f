import type { Clock } from '../../shared/clock.ts'
import type { Archived, Request } from '../translate/effects.ts'

interface Open {
  readonly request: Request
  /** Where the IQ was sent; undefined is the own account. */
  readonly to: string | undefined
  readonly cancel: () => void
  /** What came for it before its answer (XEP-0313 4). */
  readonly collected: Archived[]
}

/** RFC 6120 sets none; a server that takes longer is in trouble, and the client should hear of it. */
const ANSWER_WITHIN_MS = 30_000

/** No page that is asked for has more than 50; a server that sends without end is not listened to. */
const MAX_COLLECTED = 256

/** The IQs of ours that wait for an answer, by stanza id. */
export class Requests {
  readonly #open = new Map<string, Open>()
  readonly #clock: Clock
  readonly #onTimeout: (request: Request) => void

  constructor(clock: Clock, onTimeout: (request: Request) => void) {
    this.#clock = clock
    this.#onTimeout = onTimeout
  }

  /** Waits for the answer to an IQ that is on its way; after 30 s `onTimeout` is called. */
  add(id: string, to: string | undefined, request: Request): void {
    const cancel = this.#clock.after(ANSWER_WITHIN_MS, () => {
      this.#open.delete(id)
      this.#onTimeout(request)
    })
    this.#open.set(id, { request, to, cancel, collected: [] })
  }

  /** Where the IQ with this id was sent; undefined when none is open. */
  find(id: string): { readonly to: string | undefined; readonly request: Request } | undefined {
    return this.#open.get(id)
  }

  /** How many of a kind are open. */
  count(kind: Request['kind']): number {
    return [...this.#open.values()].filter(({ request }) => request.kind === kind).length
  }

  /** An entry of the archive came for the query whose IQ has this id. */
  collect(id: string, entry: Archived): void {
    const collected = this.#open.get(id)?.collected
    if (collected !== undefined && collected.length < MAX_COLLECTED) collected.push(entry)
  }

  /** What came so far; undefined when no archive query of this id is open. */
  collected(id: string): readonly Archived[] | undefined {
    const open = this.#open.get(id)
    return open !== undefined && 'queryId' in open.request ? open.collected : undefined
  }

  /** The answer has come. */
  close(id: string): void {
    this.#open.get(id)?.cancel()
    this.#open.delete(id)
  }

  /** The stream that would have carried the answers is gone. Returns what was open. */
  abandon(): readonly Request[] {
    const requests = [...this.#open.values()].map(open => open.request)
    for (const id of this.#open.keys()) this.close(id)
    return requests
  }
}
