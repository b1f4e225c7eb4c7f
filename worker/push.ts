import type { DownFrame } from '../shared/wire/down.ts'
import { mergeKey } from './merge-key.ts'
import { postUntilTaken, type PostingOptions } from './posting.ts'
import { WaitingList, type Waiting } from './waiting.ts'

/** Why a queue ended by itself. */
export type PushEnd = 'gone' | 'too-slow'

export interface PushOptions extends PostingOptions {
  readonly maxQueueBytes: number
  /** Frames wait until `release`. */
  readonly held: boolean
  /** Called at most once. */
  readonly onEnd: (why: PushEnd) => void
}

interface Outgoing extends Waiting {
  readonly onTaken: (() => void) | undefined
}

/**
 * The way down to one connection: one post at a time, in order, one frame each. A 429 pauses this connection alone; a 410
 * ends it. Memory is bounded: state frames (presence, contacts) of one contact replace each other while they wait, and
 * beyond `maxQueueBytes` the queue is `too-slow`: what waits still goes out, and it takes nothing more but a last frame. What
 * was not taken is not lost, since `h` has not passed it.
 */
export class PushQueue {
  readonly #options: PushOptions
  readonly #waiting = new WaitingList<Outgoing>()
  readonly #ended = new AbortController()
  #held: boolean
  #closed = false
  #running: Promise<void> | undefined

  constructor(options: PushOptions) {
    this.#options = options
    this.#held = options.held
  }

  /** Queues a frame. `onTaken` is called when the gateway has taken it; never, when the queue ends first. */
  push(frame: DownFrame, onTaken?: () => void): void {
    if (this.#closed) return
    this.#waiting.append({ text: JSON.stringify(frame), key: mergeKey(frame), onTaken })
    if (this.#waiting.length > this.#options.maxQueueBytes) return this.#overflow()
    this.#start()
  }

  /** Half full: what asks for long answers should wait. */
  get crowded(): boolean {
    return this.#waiting.length > this.#options.maxQueueBytes / 2
  }

  /** Lets a held queue go: `first` before all that has waited. */
  release(first: DownFrame): void {
    const later = [...this.#waiting]
    this.#waiting.clear()
    for (const entry of [lone(first), ...later]) this.#waiting.append(entry)
    this.#held = false
    this.#start()
  }

  /** Queues the last frame, held or not. Resolves when all is taken, or the queue has ended. */
  async finish(last: DownFrame): Promise<void> {
    this.#closed = true
    this.#held = false
    this.#waiting.append(lone(last))
    this.#start()
    await this.flushed()
  }

  /** Resolves when all that waited is taken, or the queue has ended. */
  async flushed(): Promise<void> {
    await this.#running
  }

  /** Forgets what waits; a post under way is not recalled. */
  stop(): void {
    this.#closed = true
    this.#ended.abort()
    this.#waiting.clear()
  }

  #start(): void {
    if (!this.#held) this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift()) {
      const posted = await postUntilTaken(this.#options, entry.text, this.#ended.signal)
      if (posted === 'taken') this.#taken(entry)
      if (posted === 'gone') this.#gone()
    }
    this.#running = undefined
  }

  #taken({ onTaken }: Outgoing): void {
    this.#options.meter.count('FramesPushed', 1)
    onTaken?.()
  }

  #overflow(): void {
    this.#closed = true
    this.#options.onEnd('too-slow')
  }

  /** Of an end that somebody knows of already nobody is told. */
  #gone(): void {
    const known = this.#closed
    this.stop()
    if (!known) this.#options.onEnd('gone')
  }
}

/** A frame that nothing else replaces, and that nobody waits for. */
function lone(frame: DownFrame): Outgoing {
  return { text: JSON.stringify(frame), key: undefined, onTaken: undefined }
}
