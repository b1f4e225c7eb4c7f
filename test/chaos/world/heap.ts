import * as z from 'zod/mini'
import { jsonOrNothing } from '../../../local/json.ts'
import { within, type Clock } from '../../../shared/clock.ts'

/** What processes hold, in bytes, by process id. */
export type Heaps = ReadonlyMap<number, number>

/** A process that is busy or stopped answers late; then nothing is known of it. */
const ANSWER_WITHIN_MS = 5000

const answer = z.object({ event: z.literal('heap'), pid: z.int(), bytes: z.int() })

/**
 * Finds out what processes hold once all garbage is collected. Their RSS would not tell: it grows and shrinks by tens of
 * megabytes with the moment of the last collection.
 */
export class HeapProbe {
  /** What a process must be started with. */
  readonly env = {
    NODE_OPTIONS: `--expose-gc --import=${new URL('heap-preload.ts', import.meta.url).href}`,
  }
  readonly #clock: Clock
  readonly #waiting = new Map<number, (bytes: number) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes each line that such a process prints. */
  hear(line: string): void {
    const heard = answer.safeParse(jsonOrNothing(line))
    if (heard.success) this.#waiting.get(heard.data.pid)?.(heard.data.bytes)
  }

  /** Of those that answer. */
  async ask(pids: readonly number[]): Promise<Heaps> {
    const heaps = new Map<number, number>()
    const answers = pids.map(pid => {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.set(pid, bytes => {
        heaps.set(pid, bytes)
        resolve()
      })
      process.kill(pid, 'SIGUSR2')
      return promise
    })
    await within(this.#clock, ANSWER_WITHIN_MS, Promise.all(answers))
    this.#waiting.clear()
    return heaps
  }
}

/**
 * The most that any of them came to hold in between, in bytes: no less than what one cause took in one of them, since
 * whatever else it keeps grows as well. Undefined when none answered twice.
 */
export function mostGrown(before: Heaps, after: Heaps): number | undefined {
  const growths = [...after].flatMap(([pid, bytes]) => {
    const then = before.get(pid)
    return then === undefined ? [] : [bytes - then]
  })
  return growths.length === 0 ? undefined : Math.max(...growths)
}
