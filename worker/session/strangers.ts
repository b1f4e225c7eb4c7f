import type { Clock } from '../../shared/clock.ts'
import { fullBucket, take, type Bucket } from './bucket.ts'

/** Strangers may make us answer this often; beyond it their IQs fall silent, which costs only them. */
const IQ_ANSWERS = { rate: 5, burst: 20 } as const

/** How much of what strangers ask is still answered. */
export class Strangers {
  readonly #clock: Clock
  #bucket: Bucket

  constructor(clock: Clock) {
    this.#clock = clock
    this.#bucket = fullBucket(IQ_ANSWERS, clock.monotonic())
  }

  /** One more asks. */
  mayAsk(): boolean {
    const taken = take(this.#bucket, IQ_ANSWERS, this.#clock.monotonic())
    this.#bucket = taken.bucket
    return taken.ok
  }
}
