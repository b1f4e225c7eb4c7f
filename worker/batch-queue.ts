import type { DownFrame } from '../shared/wire/down.ts'
import type { Gap } from '../shared/wire/frames/session.ts'
import { BATCH_OVERHEAD_BYTES, BatchFrames, sized, type BatchHeader, type Sized } from './batch-frames.ts'
import { isInSnapshot, mergeKey } from './merge-key.ts'
import { postUntilTaken, type PostingOptions } from './posting.ts'
import type { PushEnd } from './push.ts'
import type { DownLog, GoOn } from './session/down-log.ts'
import { LogCursor, type LogPull } from './session/log-cursor.ts'
import { WaitingList, type Waiting } from './waiting.ts'

export interface BatchOptions extends PostingOptions {
  readonly log: DownLog
  /** Asked for each batch at the moment it is made. */
  readonly header: () => BatchHeader
  readonly maxBatchBytes: number
  /** So many log items, and bytes of them, go out ahead of the client's acknowledgement. */
  readonly window: { readonly items: number; readonly bytes: number }
  /** Of what waits beside the log. */
  readonly maxQueueBytes: number
  /** Called at most once. */
  readonly onEnd: (why: PushEnd) => void
}

/** A state frame or a reply that waits. */
interface Beside extends Waiting, Sized {
  /** Of the client's frame that it ends: its acknowledgement does not go out before it. */
  readonly seq: number | undefined
}

/**
 * An acknowledgement has nobody waiting for it but a tick on a screen, and what the recipient says to the same message often
 * follows at once: so long it waits for company, unless so many frames are covered that the client's window may be shut.
 */
const ACK_ALONE_MS = 250
const ACK_AT_ONCE = 8

/**
 * The way down to one connection of a sequenced client: one post at a time, each a batch that is made when its turn comes,
 * from the log, from what waits beside it (state frames merged), and from the acknowledgement of the client's own frames. It
 * posts nothing before `begin`. What a post may not have brought is not repeated by itself: the client misses it by `prev`,
 * or comes back with JOIN, and says where it stands.
 */
export class BatchQueue {
  readonly #options: BatchOptions
  readonly #cursor: LogCursor
  readonly #beside = new WaitingList<Beside>()
  readonly #ended = new AbortController()
  #welcome: string | undefined
  #since: string | undefined
  #farewell: string | undefined
  #phase: 'held' | 'open' | 'closed' = 'held'
  /** The highest acknowledgement that went out, and whether one is owed all the same. */
  #ackTold = 0
  #ackOwed = false
  #cancelAck: (() => void) | undefined
  #running: Promise<void> | undefined

  constructor(options: BatchOptions) {
    this.#options = options
    this.#cursor = new LogCursor(options.log, options.window)
  }

  /**
   * Lets it go, with the log behind `at`. `welcome` (JOIN_SUCCESS) goes out before all else, alone and not as a batch, and
   * has told the client of `at`; without it `at` is where the client is thought to be. `since` is the last message that the
   * client keeps, by its archive id: what the first GAP is told to lie behind.
   */
  begin(at: Pick<GoOn, 'seq'>, welcome?: DownFrame, since?: string): void {
    if (this.#phase === 'closed') return
    this.#phase = 'open'
    this.#cursor.place(at.seq)
    if (welcome !== undefined) {
      this.#welcome = this.#lone(welcome)
      this.#ackTold = this.#options.header().ack
    }
    this.#since = since
    this.#start()
  }

  /**
   * A state frame or a reply. `seq` as UpSequence gives it with an answer: the acknowledgement of that frame does not go out
   * before this.
   */
  push(frame: DownFrame, seq?: number): void {
    if (this.#phase === 'closed') return
    if (frame.messageType === 'SNAPSHOT' && (frame.part?.[0] ?? 1) === 1) this.#forgetContacts()
    const key = seq === undefined ? mergeKey(frame) : `answer ${seq}`
    this.#beside.append({ ...sized(frame), key, seq })
    if (this.#beside.length > this.#options.maxQueueBytes) return this.#end('too-slow')
    this.#start()
  }

  /** The log has more, or the client has acknowledged some of it, or `header().ack` has moved. */
  poke(): void {
    this.#start()
  }

  /** The client has sent something again: tell it the acknowledgement even when that has not moved. */
  acknowledge(): void {
    this.#ackOwed = true
    this.#start()
  }

  /**
   * SYNC of the client, who keeps all up to `ack`; undefined: a new stream, or it stands in an earlier one. Goes on behind
   * that, with a RESET where it cannot.
   */
  rewind(ack: number | undefined): void {
    this.#cursor.rewind(ack)
    this.#start()
  }

  /** Half full: what asks for long answers should wait. */
  get crowded(): boolean {
    return this.#beside.length > this.#options.maxQueueBytes / 2
  }

  /** Posts what waits beside the log, and then the last frame, alone. Resolves when that is taken, or the queue has ended. */
  async finish(last: DownFrame): Promise<void> {
    if (this.#phase === 'held') this.#beside.clear()
    this.#phase = 'closed'
    this.#farewell = this.#lone(last)
    this.#start()
    await this.flushed()
  }

  /** Resolves when all that waits now is taken, or the queue has ended. */
  async flushed(): Promise<void> {
    if (this.#cancelAck !== undefined) this.acknowledge()
    await this.#running
  }

  /** Forgets what waits; a post under way is not recalled. */
  stop(): void {
    this.#phase = 'closed'
    this.#farewell = undefined
    this.#ended.abort()
    this.#forgetAck()
    this.#beside.clear()
  }

  #start(): void {
    if (this.#phase !== 'held' && !this.#ended.signal.aborted) this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    // What comes in one go, such as all stanzas of one packet, goes out in one batch.
    await Promise.resolve()
    for (let text = this.#next(); text !== undefined; text = this.#next()) {
      const posted = await postUntilTaken(this.#options, text, this.#ended.signal)
      if (posted === 'gone') this.#end('gone')
    }
    this.#running = undefined
  }

  #next(): string | undefined {
    if (this.#ended.signal.aborted) return undefined
    const welcome = this.#welcome
    this.#welcome = undefined
    const next = welcome ?? this.#batch() ?? this.#farewell
    if (next === this.#farewell) this.#farewell = undefined
    return next
  }

  #batch(): string | undefined {
    const { header, maxBatchBytes } = this.#options
    const frames = new BatchFrames(maxBatchBytes - BATCH_OVERHEAD_BYTES)
    this.#takeBeside(frames, ({ seq }) => seq !== undefined)
    const pull = this.#phase === 'open' ? this.#cursor.pull(frames.room, frames.empty) : NOTHING
    const { stream, epoch, ack } = header()
    for (const frame of this.#logFrames(pull, stream)) frames.add(frame)
    this.#takeBeside(frames, () => true)
    const tellable = Math.min(ack, ...[...this.#beside].map(({ seq }) => (seq ?? Infinity) - 1))
    const news = tellable - this.#ackTold
    // Nothing comes after the last frame.
    const enough = this.#farewell === undefined ? ACK_AT_ONCE : 1
    if (frames.empty && !this.#ackOwed && news < enough) {
      if (news > 0) this.#ackLater()
      return undefined
    }
    this.#ackTold = Math.max(this.#ackTold, tellable)
    this.#ackOwed = false
    this.#forgetAck()
    this.#options.meter.count('FramesPushed', frames.count)
    return `{"stream":${stream},"epoch":${epoch},"prev":${pull.prev},"ack":${tellable},"frames":[${frames.text}]}`
  }

  #logFrames({ reset, items }: LogPull, stream: number): readonly Sized[] {
    if (reset === undefined) return items
    const frame = sized({ messageType: 'RESET', stream, seq: reset.seq })
    return reset.gap === undefined ? [frame] : [frame, sized(this.#gap(reset.gap))]
  }

  #gap(reason: Gap['reason']): DownFrame {
    this.#options.meter.count('Gaps', 1, reason)
    const after = this.#since
    this.#since = undefined
    return { messageType: 'GAP', reason, after }
  }

  /** A post of one frame. */
  #lone(frame: DownFrame): string {
    this.#options.meter.count('FramesPushed', 1)
    return JSON.stringify(frame)
  }

  #ackLater(): void {
    this.#cancelAck ??= this.#options.clock.after(ACK_ALONE_MS, () => {
      this.#cancelAck = undefined
      this.acknowledge()
    })
  }

  #forgetAck(): void {
    this.#cancelAck?.()
    this.#cancelAck = undefined
  }

  /** Takes out what fits, in order; one that alone is longer goes out by itself. */
  #takeBeside(frames: BatchFrames, which: (entry: Beside) => boolean): void {
    for (const entry of this.#beside) {
      if (!which(entry)) continue
      if (!frames.empty && entry.bytes > frames.room) return
      this.#beside.remove(entry)
      frames.add(entry)
    }
  }

  /** A snapshot says the same, and newer. */
  #forgetContacts(): void {
    for (const entry of this.#beside)
      if (entry.key !== undefined && isInSnapshot(entry.key)) this.#beside.remove(entry)
  }

  /** Of an end that somebody knows of already nobody is told. */
  #end(why: PushEnd): void {
    const known = this.#phase === 'closed'
    if (why === 'gone') this.stop()
    this.#phase = 'closed'
    if (!known) this.#options.onEnd(why)
  }
}

const NOTHING: LogPull = { prev: 0, reset: undefined, items: [] }
