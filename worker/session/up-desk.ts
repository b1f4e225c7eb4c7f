import type { Clock } from '../../shared/clock.ts'
import type { SyncUp } from '../../shared/wire/frames/session.ts'
import type { BatchQueue } from '../batch-queue.ts'
import { Alarm } from './alarm.ts'
import type { DeliveryPort } from './delivery.ts'
import type { Answer, Turn } from './desk.ts'
import type { FrameOutcome } from './line.ts'
import type { UpSequence } from './up-sequence.ts'

export interface UpDeskOptions {
  readonly clock: Clock
  readonly up: UpSequence
  readonly port: Pick<DeliveryPort, 'take' | 'charge'>
  /** The way down; undefined while there is no socket. */
  readonly queue: () => BatchQueue | undefined
  /** A frame whose turn it is says where the client stands. */
  readonly onSync: (sync: SyncUp) => void
}

/** Does what UpSequence decides: hands each frame on when its turn comes, says what is answered, and minds the time. */
export class UpDesk {
  readonly #options: UpDeskOptions
  /** What came early is given up. */
  readonly #hold: Alarm

  constructor(options: UpDeskOptions) {
    this.#options = options
    this.#hold = new Alarm(options.clock, () => this.#expire())
  }

  /** The frames of a batch, as they came. */
  offer(frames: readonly unknown[]): void {
    const { clock, up, port } = this.#options
    const { answers, repeated } = up.offer(frames, clock.monotonic(), {
      handle: turn => this.#take(turn),
      // It is about all that is too much in a batch, and so about no `id`.
      charge: () => port.charge(undefined),
    })
    this.say(answers)
    const queue = this.#options.queue()
    if (repeated) queue?.acknowledge()
    queue?.poke()
    this.#hold.at(up.holdUntilMs)
  }

  /** These are for the client; without a socket it hears them when it comes back and says where it stands. */
  say(answers: readonly Answer[]): void {
    for (const { frame, seq } of answers) this.#options.queue()?.push(frame, seq)
  }

  /** Nothing happens by itself any more. */
  stop(): void {
    this.#hold.stop()
  }

  #take({ frame, suspect }: Turn): FrameOutcome {
    if (frame.messageType === 'SYNC') this.#options.onSync(frame)
    return this.#options.port.take(frame, suspect)
  }

  #expire(): void {
    const { clock, up, queue } = this.#options
    const sync = up.expire(clock.monotonic())
    if (sync !== undefined) queue()?.push(sync)
    this.#hold.at(up.holdUntilMs)
  }
}
