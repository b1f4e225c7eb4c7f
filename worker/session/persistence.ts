import { sleep, type Clock } from '../../shared/clock.ts'
import type { Saved } from '../rows.ts'

export interface PersistencePolicy {
  /** Stored at once when `h` has moved on by so many stanzas. */
  readonly stanzas: number
  /** Stored so long after `h` first moved. */
  readonly afterMs: number
}

/**
 * How often `h` is stored. An `h` that is too old in the row costs repeats: a sequenced client drops them by their number, a
 * simple one sees them, so its `h` is younger. Either way a normal chat costs less than a write for ten messages.
 */
export const PERSISTENCE: Readonly<Record<'simple' | 'sequenced', PersistencePolicy>> = {
  simple: { stanzas: 64, afterMs: 30_000 },
  sequenced: { stanzas: 64, afterMs: 120_000 },
}

export interface PersistenceOptions {
  readonly policy: PersistencePolicy
  /** Writes it into the row, under the tenure. */
  readonly store: (h: number) => Promise<Saved>
  /** The XMPP server may hear of it. */
  readonly tell: (h: number) => void
  readonly clock: Clock
}

/** DynamoDB takes no writes: it is asked again about this often. */
const AGAIN_MS = 5000

/**
 * Lets `h` out to the XMPP server, but never before it is in the row: a stored `h` lower than one that was told costs the
 * session when another worker resumes with it (ARCHITECTURE.md, RS4). One write at a time; what moves meanwhile goes with the next.
 */
export class Persistence {
  readonly #options: PersistenceOptions
  #over = new AbortController()
  #wanted: number
  #stored: number
  #timer: AbortController | undefined
  #running: Promise<void> | undefined
  /** Nothing is stored: what is counted is not what the next stream counts. */
  #held = false

  /** `h` is what the row says. */
  constructor(options: PersistenceOptions, h: number) {
    this.#options = options
    this.#wanted = h
    this.#stored = h
  }

  /** `h` may go up to here. */
  moved(h: number): void {
    if (h <= this.#wanted) return
    this.#wanted = h
    if (this.#wanted - this.#stored >= this.#options.policy.stanzas) this.#start()
    else this.#wake(this.#options.policy.afterMs)
  }

  /** Stores what has moved, now. Resolves when that is done, or could not be done. */
  async flush(): Promise<void> {
    await this.#running
    if (this.#wanted > this.#stored) this.#start()
    await this.#running
  }

  /** What the row says. */
  get stored(): number {
    return this.#stored
  }

  /** The session ends, and its row with it: the server hears of all that is handled, so that it bounces none of that. */
  finish(): void {
    this.stop()
    if (this.#wanted > this.#stored) this.#options.tell(this.#wanted)
  }

  /** The stream is gone for good. A write that runs is not told; nothing more is written or told until `release`. */
  hold(): void {
    this.stop()
    this.#over = new AbortController()
    this.#held = true
  }

  /** The next stream: counts begin again. */
  restart(): void {
    this.hold()
    this.#wanted = 0
    this.#stored = 0
  }

  /** From now on another worker may resume the new stream: its row is written, with what is handled by now. */
  release(): void {
    if (!this.#held) return
    this.#held = false
    this.#start()
  }

  /** Nothing more is stored or told. */
  stop(): void {
    this.#over.abort()
    this.#timer = undefined
    this.#running = undefined
  }

  #start(): void {
    if (this.#held) return
    this.#running ??= this.#run(this.#over.signal)
  }

  async #run(over: AbortSignal): Promise<void> {
    this.#timer?.abort()
    this.#timer = undefined
    const h = this.#wanted
    const saved = await this.#options.store(h)
    if (over.aborted) return
    this.#running = undefined
    if (saved === 'saved') {
      this.#stored = h
      this.#options.tell(h)
    }
    this.#goOn(saved)
  }

  #goOn(saved: Saved): void {
    const { policy } = this.#options
    const behind = this.#wanted - this.#stored
    if (saved === 'failed') return this.#wake(AGAIN_MS)
    if (saved === 'lost' || behind === 0) return
    if (behind >= policy.stanzas) this.#start()
    else this.#wake(policy.afterMs)
  }

  #wake(ms: number): void {
    if (this.#held || this.#timer !== undefined || this.#running !== undefined) return
    const timer = new AbortController()
    this.#timer = timer
    const ends = AbortSignal.any([timer.signal, this.#over.signal])
    void this.#ring(ms, ends)
  }

  async #ring(ms: number, ends: AbortSignal): Promise<void> {
    await sleep(this.#options.clock, ms, ends)
    if (!ends.aborted) this.#start()
  }
}
