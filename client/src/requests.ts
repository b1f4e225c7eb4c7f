import type { Clock } from '../../shared/clock.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SessionFrame } from '../../shared/wire/up.ts'
import type { ClientError } from './errors.ts'
import { Pending } from './pending.ts'

export type Request = Extract<
  SessionFrame,
  { messageType: 'GET_CONTACTS' | 'ADD_CONTACT' | 'UNSUBSCRIBE' | 'HISTORY' }
> & { readonly id: string }

interface Open {
  readonly request: Request
  /** Parts of the answer that came, by their number. */
  parts: Map<number, DownFrame>
}

/** Requests that wait for their answer; each is asked again, under the same id, when the answer may have been lost. */
export class Requests {
  readonly #clock: Clock
  readonly #send: (request: Request) => void
  readonly #open = new Pending<Open, readonly DownFrame[]>()

  /** `send` does nothing when there is no connection. */
  constructor(clock: Clock, send: (request: Request) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** Resolves with the answer, part by part. Rejects with a ClientError: the bridge's code, `timeout` after 30 s, `closed`. */
  ask(request: Request): Promise<readonly DownFrame[]> {
    const answer = this.#open.add(request.id, { request, parts: new Map() }, this.#clock)
    this.#send(request)
    return answer
  }

  /** After a reconnect or a change of worker. */
  askAgain(): void {
    for (const open of this.#open.all) {
      // A page asked for again may be cut into other parts.
      open.parts = new Map()
      this.#send(open.request)
    }
  }

  /** Nothing, unless the frame belongs to an open request. */
  answer(frame: DownFrame & { readonly id?: string | undefined }): void {
    const { id = '' } = frame
    const open = this.#open.get(id)
    if (open === undefined) return
    const [part, of] = ('part' in frame && frame.part) || [1, 1]
    open.parts.set(part, frame)
    if (open.parts.size < of) return
    this.#open.resolve(
      id,
      [...open.parts].sort(([a], [b]) => a - b).map(([, one]) => one),
    )
  }

  /** The bridge will not answer this one; or, with `retryAfterMs`, not now. Whether the id is that of an open request. */
  refuse(id: string, error: ClientError, retryAfterMs: number | undefined): boolean {
    const open = this.#open.get(id)
    if (open === undefined) return false
    if (retryAfterMs === undefined) this.#open.reject(id, error)
    else {
      this.#clock.after(retryAfterMs, () => {
        if (this.#open.get(id) === open) this.#send(open.request)
      })
    }
    return true
  }

  close(): void {
    this.#open.close()
  }
}
