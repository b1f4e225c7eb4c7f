import { vi } from 'vitest'
import type { PostOutcome } from '../../worker/posting.ts'

/** Lets all that was promised so far happen. */
export const settled = () => new Promise<void>(resolve => setImmediate(resolve))

/** A gateway turned by hand: each post waits until the test answers it. */
export class HandGateway {
  readonly posted: string[] = []
  readonly #answers: ((outcome: PostOutcome) => void)[] = []

  readonly post = (_connectionId: string, data: string): Promise<PostOutcome> => {
    this.posted.push(data)
    return new Promise(resolve => this.#answers.push(resolve))
  }

  /** Posts that wait for their answer. */
  get open(): number {
    return this.#answers.length
  }

  /** Waits for the next post and answers it. */
  async answer(outcome: PostOutcome): Promise<void> {
    await vi.waitUntil(() => this.#answers.length > 0)
    this.#answers.shift()?.(outcome)
    await settled()
  }
}
