import { sleep, type Clock } from '../../shared/clock.ts'
import type { CrowdProcess } from './people/crowds.ts'

const SAY_EVERY_MS = 5000

/** Says now and then how far a run is. */
export class Progress {
  readonly #crowds: readonly CrowdProcess[]
  readonly #talkMs: number
  readonly #say: (text: string) => void
  readonly #clock: Clock
  /** What each process answered last; one that is frozen answers late. */
  readonly #looks = new Map<CrowdProcess, { online: number; acknowledged: number; shown: number }>()
  readonly #asked = new Set<CrowdProcess>()
  #faults = 0
  #last = ''

  constructor(crowds: readonly CrowdProcess[], talkMs: number, say: (text: string) => void, clock: Clock) {
    this.#crowds = crowds
    this.#talkMs = talkMs
    this.#say = say
    this.#clock = clock
  }

  struck(what: string): void {
    this.#faults += 1
    this.#last = what
  }

  /** Until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    const begin = this.#clock.monotonic()
    for (;;) {
      await sleep(this.#clock, SAY_EVERY_MS, signal)
      if (signal.aborted) return
      for (const crowd of this.#crowds) void this.#look(crowd)
      this.#say(this.#line(this.#clock.monotonic() - begin))
    }
  }

  async #look(crowd: CrowdProcess): Promise<void> {
    if (this.#asked.has(crowd)) return
    this.#asked.add(crowd)
    // A process that has ended shows at whoever waits for it.
    await crowd.ask('look', {}).then(
      look => this.#looks.set(crowd, look),
      () => undefined,
    )
    this.#asked.delete(crowd)
  }

  #line(elapsedMs: number): string {
    const sum = (of: 'online' | 'acknowledged' | 'shown') =>
      [...this.#looks.values()].reduce((all, look) => all + look[of], 0)
    const time = `${Math.round(elapsedMs / 1000)} of ${Math.round(this.#talkMs / 1000)} s`
    const counts = `${sum('online')} online, ${sum('acknowledged')} acknowledged, ${sum('shown')} shown`
    return `  ${time}: ${counts}, ${this.#faults} faults${this.#last && ` (${this.#last})`}`
  }
}
