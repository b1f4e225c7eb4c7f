import { systemClock as clock } from '../../shared/clock.ts'
import type { Talker } from './talker.ts'

/** About as long as what people write: 80 characters. */
const FILLER = ' and this is about as long as the texts are that people send each other.'

interface OnItsWay {
  readonly sentAtMs: number
  readonly arrived: (latencyMs: number) => void
}

/** Two who know each other: one sends, the other receives, both in this process and by one clock. */
export class Pair {
  readonly #sender: Talker
  readonly #receiver: Talker
  readonly #onTheirWay = new Map<string, OnItsWay>()
  #sent = 0

  constructor(sender: Talker, receiver: Talker) {
    this.#sender = sender
    this.#receiver = receiver
    receiver.onText = text => this.#arrived(text)
  }

  /** Sends one message and resolves, once it has arrived, with its time on the way in milliseconds. */
  exchange(): Promise<number> {
    this.#sent += 1
    const text = `${this.#sent}${FILLER}`
    return new Promise(arrived => {
      this.#onTheirWay.set(text, { sentAtMs: clock.monotonic(), arrived })
      this.#sender.send(this.#receiver.username, text)
    })
  }

  #arrived(text: string): void {
    const nowMs = clock.monotonic()
    const message = this.#onTheirWay.get(text)
    this.#onTheirWay.delete(text)
    message?.arrived(nowMs - message.sentAtMs)
  }
}
