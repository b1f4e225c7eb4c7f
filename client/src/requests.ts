import type { Clock } from '../../shared/clock.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SessionFrame } from '../../shared/wire/up.ts'
import { ClientError } from './errors.ts'

/** Longer than a worker's own limit for an answer of the XMPP server, so that its reason comes first. */
const TIMEOUT_MS = 30_000

export type Request = Extract<
  SessionFrame,
  { messageType: 'GET_CONTACTS' | 'ADD_CONTACT' | 'UNSUBSCRIBE' | 'HISTORY' }
> & { readonly id: string }

interface Open {
  readonly request: Request
  readonly resolve: (frames: readonly DownFrame[]) => void
  readonly reject: (error: ClientError) => void
  /** Parts of the answer that came, by their number. */
  parts: Map<number, DownFrame>
}

/** Requests that wait for their answer; each is asked again, under the same id, when the answer may have been lost. */
export class Requests {
  readonly #clock: Clock
  readonly #send: (request: Request) => void
  readonly #open = new Map<string, Open>()

  /** `send` does nothing when there is no connection. */
  constructor(clock: Clock, send: (request: Request) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** Resolves with the answer, part by part. Rejects with a ClientError: the bridge's code, `timeout` after 30 s, `closed`. */
  async ask(request: Request): Promise<readonly DownFrame[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly DownFrame[]>()
    this.#open.set(request.id, { request, resolve, reject, parts: new Map() })
    const cancel = this.#clock.after(TIMEOUT_MS, () => reject(new ClientError('timeout')))
    this.#send(request)
    try {
      return await promise
    } finally {
      cancel()
      this.#open.delete(request.id)
    }
  }

  /** After a reconnect or a change of worker. */
  askAgain(): void {
    for (const open of this.#open.values()) {
      // A page asked for again may be cut into other parts.
      open.parts = new Map()
      this.#send(open.request)
    }
  }

  /** Whether the frame belongs to an open request. */
  answer(frame: DownFrame & { readonly id?: string | undefined }): boolean {
    const open = this.#open.get(frame.id ?? '')
    if (open === undefined) return false
    const [part, of] = ('part' in frame && frame.part) || [1, 1]
    open.parts.set(part, frame)
    if (open.parts.size >= of) open.resolve([...open.parts].sort(([a], [b]) => a - b).map(([, one]) => one))
    return true
  }

  /** The bridge will not answer this one; or, with `retryAfterMs`, not now. Whether the id is that of an open request. */
  refuse(id: string, error: ClientError, retryAfterMs: number | undefined): boolean {
    const open = this.#open.get(id)
    if (open === undefined) return false
    if (retryAfterMs === undefined) open.reject(error)
    else {
      this.#clock.after(retryAfterMs, () => {
        if (this.#open.get(id) === open) this.#send(open.request)
      })
    }
    return true
  }

  close(): void {
    for (const { reject } of this.#open.values()) reject(new ClientError('closed'))
  }
}
