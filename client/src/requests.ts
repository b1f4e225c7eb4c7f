import type { Clock } from '../../shared/clock.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SessionFrame } from '../../shared/wire/up.ts'
import type { ClientError } from './errors.ts'
import { Pending } from './pending.ts'
import { collect } from './pieces.ts'

type Unnamed<Frame> = Frame extends unknown ? Omit<Frame, 'id'> : never

export type Question = Unnamed<
  Extract<SessionFrame, { messageType: 'ADD_CONTACT' | 'UNSUBSCRIBE' | 'HISTORY' }>
>

export type Request = Question & { readonly id: string }

export type AnswerFrame = Extract<DownFrame, { messageType: Request['messageType'] }> & {
  readonly part?: readonly [number, number] | undefined
}

interface Open {
  readonly request: Request
  /** Parts of the answer that came, by their number. */
  readonly parts: Map<number, AnswerFrame>
}

/** Requests that wait for their answer; each is asked again, under the same id, when the answer may have been lost. */
export class Requests {
  readonly #clock: Clock
  readonly #send: (request: Request) => void
  readonly #open = new Pending<Open, readonly AnswerFrame[]>()

  /** `send` does nothing when there is no connection. */
  constructor(clock: Clock, send: (request: Request) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** Resolves with the answer, part by part. Rejects with a ClientError: the bridge's code, `timeout` after 30 s, `closed`. */
  ask(request: Request): Promise<readonly AnswerFrame[]> {
    const answer = this.#open.add(request.id, { request, parts: new Map() }, this.#clock)
    this.#send(request)
    return answer
  }

  /** After a reconnect or a change of worker. */
  again(): void {
    for (const open of this.#open.all) {
      // A page asked for again may be cut into other parts.
      open.parts.clear()
      this.#send(open.request)
    }
  }

  /** Nothing, unless the frame belongs to an open request. */
  answer(frame: AnswerFrame): void {
    const { id = '' } = frame
    const open = this.#open.get(id)
    if (open === undefined) return
    const answer = collect(open.parts, frame)
    if (answer !== undefined) this.#open.resolve(id, answer)
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
