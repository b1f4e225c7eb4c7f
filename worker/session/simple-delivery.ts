import type { Clock } from '../../shared/clock.ts'
import type { FramesRequest, Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import { HANDSHAKE_GRACE_MS } from '../posting.ts'
import { PushQueue } from '../push.ts'
import { isLogged, type Arrival, type Delivery, type DeliveryPort } from './delivery.ts'
import type { SessionDeps } from './deps.ts'
import { errorFrame } from '../translate/error-frame.ts'
import { Handled } from './handled.ts'
import { Outlet } from './outlet.ts'

export interface SimpleStart {
  readonly connectionId: string | undefined
  /** The socket is still in its handshake. */
  readonly handshake: boolean
  /** Its client has been welcomed: by another worker. */
  readonly welcomed: boolean
  /** Inbound stanzas that are handled already. */
  readonly h: number
}

/** For clients that acknowledge nothing: one frame for each push, and the gateway's 200 is all that is known of it. */
export class SimpleDelivery implements Delivery {
  /** What the gateway has not taken `h` does not pass. */
  readonly missing = { hole: 0, lost: 0 }
  readonly #port: DeliveryPort
  readonly #clock: Clock
  readonly #queue: PushQueue
  readonly #outlet: Outlet
  #handled: Handled

  constructor(deps: SessionDeps, port: DeliveryPort, start: SimpleStart) {
    const { clock, random, maxQueueBytes, post, fence, meter } = deps
    this.#port = port
    this.#clock = clock
    this.#handled = new Handled(start.h)
    this.#outlet = new Outlet({ post, clock, fence, onTaken: port.taken, onGone: port.gone })
    if (start.connectionId !== undefined) this.#point(start.connectionId, start.handshake)
    this.#queue = new PushQueue({
      connectionId: start.connectionId ?? '',
      post: (_connectionId, data) => this.#outlet.post(data),
      clock,
      random,
      meter,
      maxQueueBytes,
      // The outlet knows which socket may still be in its handshake.
      handshakeUntilMs: 0,
      held: !start.welcomed,
      onEnd: port.ended,
    })
  }

  get crowded(): boolean {
    return this.#queue.crowded
  }

  /** Its frames come once. */
  get gathered(): boolean {
    return true
  }

  isRepeat(count: number): boolean {
    return this.#handled.isRepeat(count)
  }

  heard(count: number | undefined, frames: readonly DownFrame[]): void {
    const last = frames.findLast(isLogged)
    const handled = this.#handled
    if (count !== undefined) this.#port.moved(handled.seen(count, last !== undefined))
    for (const frame of frames) {
      const counted = count !== undefined && frame === last
      this.#queue.push(frame, counted ? () => this.#onTaken(handled, count) : undefined)
    }
  }

  push(frame: DownFrame): void {
    this.#queue.push(frame)
  }

  receive(request: FramesRequest): void {
    if ('refusal' in request) return this.#refuse(request.refusal)
    if ('batch' in request) {
      const message = 'Batches are for a JOIN with "protocol": 1.'
      return this.#refuse(errorFrame('bad-frame', message, undefined))
    }
    const outcome = this.#port.take(request.frame, false)
    if (outcome.kind === 'refused') this.push(outcome.error)
  }

  settled(): void {
    // A simple client is told of failures only.
  }

  attach({ connectionId, handshake, welcome }: Arrival): void {
    const frame = welcome()
    // What is under way, or waits for a socket, was to come behind an earlier welcome.
    const { busy } = this.#outlet
    if (this.#outlet.at !== connectionId)
      this.#point(connectionId, handshake, busy ? JSON.stringify(frame) : undefined)
    if (!busy) this.#queue.release(frame)
  }

  adopted(): void {
    // A simple client notices nothing.
  }

  detach(): void {
    this.#outlet.detach()
  }

  restart(): void {
    this.#handled = new Handled(0)
  }

  flush(): Promise<void> {
    return this.#queue.flushed()
  }

  finish(last: DownFrame): Promise<void> {
    return this.#queue.finish(last)
  }

  stop(): void {
    this.#outlet.stop()
    this.#queue.stop()
  }

  handover(): Handover['up'] {
    return { last: 0, acked: 0, ids: [] }
  }

  /** What cannot be read costs what a frame does. */
  #refuse(error: ErrorFrame): void {
    this.push(this.#port.charge(error.id) ?? error)
  }

  #point(connectionId: string, handshake: boolean, first?: string): void {
    const untilMs = handshake ? this.#clock.monotonic() + HANDSHAKE_GRACE_MS : 0
    this.#outlet.attach(connectionId, untilMs, first)
  }

  #onTaken(handled: Handled, count: number): void {
    // A count of an older stream means nothing on this one.
    if (handled === this.#handled) this.#port.moved(handled.taken(count))
  }
}
