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

export type Presence = Extract<SessionFrame, { messageType: 'PRESENCE' }>

interface Open {
  readonly request: Request
  /** Parts of the answer that came, by their number. */
  readonly parts: Map<number, AnswerFrame>
}

/**
 * What goes up without a number, so that nobody misses it when it is lost: requests, under one id until they are answered,
 * and what the user shows to others, which the bridge keeps for a session. Both are repeated where they may be lost.
 */
export class Unnumbered {
  readonly #clock: Clock
  readonly #send: (frame: SessionFrame) => boolean
  readonly #open = new Pending<Open, readonly AnswerFrame[]>()
  #presence: Presence | undefined
  /** Whether the session was told of the presence. */
  #told = false
  #repeating: (() => void) | undefined

  /** `send` says whether there was anybody to send it to. */
  constructor(clock: Clock, send: (frame: SessionFrame) => boolean) {
    this.#clock = clock
    this.#send = send
  }

  setPresence(presence: Presence): void {
    // The way to the bridge keeps no order; the clock's grows over reloads, too.
    this.#presence = { ...presence, order: this.#clock.now() }
    this.#tellPresence()
  }

  /** Resolves with the answer, part by part. Rejects with a ClientError: the bridge's code, `timeout` after 30 s, `closed`. */
  ask(request: Request): Promise<readonly AnswerFrame[]> {
    const answer = this.#open.add(request.id, { request, parts: new Map() }, this.#clock)
    this.#send(request)
    return answer
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
    if (this.#open.get(id) === undefined) return false
    if (retryAfterMs === undefined) this.#open.reject(id, error)
    else this.repeatAfter(retryAfterMs)
    return true
  }

  /** A socket has joined; `isNew`: another session than before. */
  joined(isNew: boolean): void {
    this.#repeatRequests()
    if (isNew || !this.#told) this.#tellPresence()
  }

  /** A worker that is gone, or a gateway in trouble, may never have passed it on. */
  repeat(): void {
    this.#repeatRequests()
    this.#tellPresence()
  }

  /** Once for all that failed meanwhile: each that is repeated may fail as well. */
  repeatAfter(ms: number): void {
    this.#repeating?.()
    this.#repeating = this.#clock.after(ms, () => this.repeat())
  }

  /** Requests are not answered any more: they reject with a ClientError `closed`. */
  close(): void {
    this.#repeating?.()
    this.#open.close()
  }

  #repeatRequests(): void {
    for (const open of this.#open.all) {
      // The answer to the repetition may be cut into other parts.
      open.parts.clear()
      this.#send(open.request)
    }
  }

  #tellPresence(): void {
    this.#told = this.#presence !== undefined && this.#send(this.#presence)
  }
}
