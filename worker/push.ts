import { sleep, type Clock } from '../shared/clock.ts'
import type { DownFrame } from '../shared/wire/down.ts'

/** What the management API said to one post; see worker/gateway.ts. */
export type PostOutcome = 'taken' | 'gone' | 'slow' | 'too-large' | 'failed'
export type Post = (connectionId: string, data: string) => Promise<PostOutcome>

/** Why a queue ended by itself. */
export type PushEnd = 'gone' | 'too-slow'

export interface PushOptions {
  readonly connectionId: string
  readonly post: Post
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly maxQueueBytes: number
  /** Until then (monotonic) a 410 means "not yet": the handshake's function has not returned. */
  readonly handshakeUntilMs: number
  /** Frames wait until `release`. */
  readonly held: boolean
  /** Called at most once. */
  readonly onEnd: (why: PushEnd) => void
}

interface Waiting {
  readonly text: string
  /** Frames with the same key replace each other while they wait. */
  readonly key: string | undefined
  readonly onTaken: (() => void) | undefined
}

type Next =
  | { readonly kind: 'next' }
  | { readonly kind: 'again'; readonly ms: number }
  | { readonly kind: 'end' }

/** API Gateway keeps no connection longer than this without its `$connect` having answered (29 s, and a margin). */
export const HANDSHAKE_GRACE_MS = 35_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5000
/** Failing posts are tried for about two minutes; then the socket counts as gone. */
const MAX_FAILURES = 30

/**
 * The way down to one connection: one post at a time, in order, one frame each. A 429 pauses this connection alone; a 410
 * ends it. Memory is bounded: state frames (presence, contacts) of one contact replace each other while they wait, and
 * beyond `maxQueueBytes` the queue is `too-slow`: what waits still goes out, and it takes nothing more but a last frame. What
 * was not taken is not lost, since `h` has not passed it.
 */
export class PushQueue {
  readonly #options: PushOptions
  /** In the order of going out. */
  readonly #waiting = new Set<Waiting>()
  readonly #mergeable = new Map<string, Waiting>()
  readonly #ended = new AbortController()
  #bytes = 0
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
    this.#append({ text: JSON.stringify(frame), key: mergeKey(frame), onTaken })
    if (this.#bytes > this.#options.maxQueueBytes) return this.#overflow()
    this.#start()
  }

  /** Half full: what asks for long answers should wait. */
  get crowded(): boolean {
    return this.#bytes > this.#options.maxQueueBytes / 2
  }

  /** Lets a held queue go: `first` before all that has waited. */
  release(first: DownFrame): void {
    const later = [...this.#waiting]
    this.#forget()
    for (const entry of [lone(first), ...later]) this.#append(entry)
    this.#held = false
    this.#start()
  }

  /** Queues the last frame, held or not. Resolves when all is taken, or the queue has ended. */
  async finish(last: DownFrame): Promise<void> {
    this.#closed = true
    this.#held = false
    this.#append(lone(last))
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
    this.#forget()
  }

  #start(): void {
    if (!this.#held) this.#running ??= this.#run()
  }

  #append(entry: Waiting): void {
    const earlier = entry.key === undefined ? undefined : this.#mergeable.get(entry.key)
    // The newest goes to the end: in the place of the earlier one it would go out before a list that is older than it.
    if (earlier !== undefined) this.#remove(earlier)
    if (entry.key !== undefined) this.#mergeable.set(entry.key, entry)
    this.#waiting.add(entry)
    this.#bytes += entry.text.length
  }

  #remove(entry: Waiting): void {
    this.#waiting.delete(entry)
    this.#bytes -= entry.text.length
    if (entry.key !== undefined) this.#mergeable.delete(entry.key)
  }

  #forget(): void {
    this.#waiting.clear()
    this.#mergeable.clear()
    this.#bytes = 0
  }

  async #run(): Promise<void> {
    for (let entry = this.#take(); entry !== undefined; entry = this.#take()) {
      await this.#deliver(entry)
    }
    this.#running = undefined
  }

  #take(): Waiting | undefined {
    const [entry] = this.#waiting
    if (entry !== undefined) this.#remove(entry)
    return entry
  }

  async #deliver(entry: Waiting): Promise<void> {
    const { clock, post, connectionId } = this.#options
    for (let failures = 0; !this.#ended.signal.aborted; failures += 1) {
      const next = this.#judge(await post(connectionId, entry.text), failures)
      if (next.kind === 'next') return entry.onTaken?.()
      if (next.kind === 'end') return this.#gone()
      await sleep(clock, next.ms, this.#ended.signal)
    }
  }

  #judge(outcome: PostOutcome, failures: number): Next {
    const again: Next = { kind: 'again', ms: pauseMs(failures, this.#options.random()) }
    switch (outcome) {
      case 'taken':
      // Never happens to a frame of ours; repeating it would block the connection for ever.
      case 'too-large':
        return { kind: 'next' }
      case 'gone':
        return this.#options.clock.monotonic() < this.#options.handshakeUntilMs ? again : { kind: 'end' }
      case 'slow':
        return again
      case 'failed':
        return failures < MAX_FAILURES ? again : { kind: 'end' }
    }
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
function lone(frame: DownFrame): Waiting {
  return { text: JSON.stringify(frame), key: undefined, onTaken: undefined }
}

/** State frames of one contact: the latest wins while they wait. */
function mergeKey(frame: DownFrame): string | undefined {
  switch (frame.messageType) {
    case 'PRESENCE':
      return `presence ${frame.from}`
    case 'CONTACT':
      return `contact ${frame.jid}`
    default:
      return undefined
  }
}

/** Half fixed, half chance, doubling: a slow reader is asked again soon, a failing gateway is left alone. */
function pauseMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10))
  return Math.ceil(ceiling * (0.5 + random / 2))
}
