import type { Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SyncDown, SyncUp } from '../../shared/wire/frames/session.ts'
import { CumulativeAck } from './cumulative-ack.ts'
import {
  conflict,
  handleBeside,
  isTemporary,
  limitedOnce,
  refuseUnread,
  withoutEchoes,
  type Answer,
  type Desk,
} from './desk.ts'
import { Early, isPart, type Sequenced } from './early.ts'
import { Predecessor } from './predecessor.ts'
import { readPlaced } from './sequenced.ts'
import { TakenFrames } from './taken-frames.ts'

export interface Offered {
  readonly answers: readonly Answer[]
  /** Something came again that is taken already: the client waits for an acknowledgement that got lost. */
  readonly repeated: boolean
}

/** Where the client stands, and what it is told. */
export interface Positioned {
  /** For JOIN_SUCCESS: what the answers below are about is not acknowledged yet. */
  readonly ack: number
  /** Said again: the client may have missed them. */
  readonly answers: readonly Answer[]
}

const ASK: Answer = { frame: { messageType: 'SYNC' }, seq: undefined }

/**
 * The frames of a client that become stanzas, each exactly once and in order: `last` + 1 is taken, what was taken is
 * acknowledged again, what is early waits for its turn. A permanent refusal takes its place; a temporary one takes none, and
 * all after it is dropped until the client sends from there again.
 */
export class UpSequence {
  readonly #early = new Early()
  readonly #taken = new TakenFrames()
  readonly #ack = new CumulativeAck()
  readonly #before: Predecessor
  #last = 0
  /** After a temporary refusal, until the refused frame comes again. */
  #dropping = false

  /** `known`: true for a new session; false for one of an earlier worker, until `position` or `start`. */
  constructor(known: boolean) {
    this.#before = new Predecessor(known)
  }

  /** Whether it is known which frames were taken. Until then frames of the sequence are dropped and SYNC asks. */
  get known(): boolean {
    return this.#before.known
  }

  /** Taken up to here. */
  get last(): number {
    return this.#last
  }

  /** The XMPP server has the frames up to here, or their end is told. */
  get acked(): number {
    return this.#ack.acked
  }

  /** All that an earlier worker may have sent was taken again. */
  get gathered(): boolean {
    return this.#last >= this.#before.suspectTo
  }

  /** When `expire` is due; monotonic milliseconds, undefined when nothing waits. */
  get holdUntilMs(): number | undefined {
    return this.#early.untilMs(this.#last + 1)
  }

  /**
   * The frames of a batch, as they came. The desk gets each whose turn it is, in order, and may call `position`, `settle` and
   * `answered` meanwhile. `nowMs` is monotonic.
   */
  offer(frames: readonly unknown[], nowMs: number, atDesk: Desk): Offered {
    const answers: Answer[] = []
    let repeated = false
    const desk = limitedOnce(atDesk)
    for (const value of frames) {
      const placed = readPlaced(value)
      if (placed.seq === undefined) answers.push(...handleBeside(placed.read, desk))
      else if (!this.known) answers.push(ASK)
      else if (placed.seq > this.#last) answers.push(...this.#place(placed.seq, placed.frame, nowMs, desk))
      else {
        answers.push(...this.#taken.again(placed.seq, placed.frame.id, desk))
        repeated = true
      }
    }
    return { answers: withoutEchoes(answers), repeated }
  }

  /** What waited too long is dropped, and the client asked to send from behind `last` again; undefined when nothing has. */
  expire(nowMs: number): SyncDown | undefined {
    if (this.holdUntilMs === undefined || nowMs < this.holdUntilMs) return undefined
    this.#early.clear()
    return { messageType: 'SYNC', ack: this.#last }
  }

  /** These are acknowledged by the XMPP server, or their end is told. True when `acked` has moved. */
  settle(seqs: readonly number[]): boolean {
    return this.#ack.settle(seqs, this.#last)
  }

  /**
   * A STATE `unsure`, or an ERROR, about a taken frame, to be told before that is settled. It is remembered and said again
   * like a refusal; its `seq`, undefined when it is about none of them.
   */
  answered(frame: DownFrame): number | undefined {
    return this.#taken.answered(frame)
  }

  /**
   * The client told where it stands, with SYNC or JOIN: it sends again from `from`, and has sent up to `sent`. `epoch` is that
   * of this worker.
   */
  position(at: Pick<SyncUp, 'from' | 'sent' | 'epoch'>, epoch: number): Positioned {
    const before = Math.max(0, at.from - 1)
    if (!this.#before.tell(at, epoch)) return { ack: before, answers: [ASK] }
    this.#dropping = false
    this.#early.clear()
    // It has that from us or from a worker before us, whose count was ahead.
    this.#last = Math.max(this.#last, before)
    this.#ack.reach(before)
    return this.#saidAgain(before)
  }

  /** Goes on where a draining worker stopped. What that had no time to tell is told again. */
  start(from: Handover['up']): Positioned {
    this.#before.recall(from)
    this.#last = from.last
    this.#taken.recall(from)
    this.#ack.reach(from.acked)
    this.settle(from.settled ?? [])
    return this.#saidAgain(0)
  }

  /** What a successor needs to go on. What waits for its turn is not in it: the client sends it again. */
  handover(): Handover['up'] {
    return {
      last: this.#last,
      acked: this.#ack.acked,
      settled: this.#ack.outOfTurn,
      ...this.#taken.handover(),
      ...this.#before.handover(),
    }
  }

  #saidAgain(behind: number): Positioned {
    const answers = this.#taken.answersBehind(behind)
    return { ack: Math.min(this.#ack.acked, ...answers.map(({ seq }) => seq - 1)), answers }
  }

  #place(seq: number, frame: Sequenced, nowMs: number, desk: Desk): Answer[] {
    const isNext = seq === this.#last + 1
    if (this.#dropping && !isNext) return []
    this.#dropping = false
    const answers: Answer[] = []
    if (isNext && !isPart(frame)) answers.push(...this.#take(frame, desk))
    else if (this.#early.put(seq, frame, nowMs) === 'conflict') answers.push(conflict(frame.id, desk))
    for (let next = this.#next(nowMs); next !== undefined; next = this.#next(nowMs))
      answers.push(...this.#take(next, desk))
    return answers
  }

  #next(nowMs: number): Sequenced | undefined {
    return this.#early.take(this.#last + 1, nowMs)
  }

  #take({ id, read }: Sequenced, desk: Desk): Answer[] {
    const seq = this.#last + 1
    this.#last = seq
    this.#taken.remember(seq, id)
    const suspect = seq <= this.#before.suspectTo
    const outcome = read.ok ? desk.handle({ frame: read.frame, seq, suspect }) : refuseUnread(read, desk)
    if (outcome.kind === 'taken') return []
    const { error } = outcome
    if (isTemporary(error)) {
      this.#last = seq - 1
      this.#taken.forget(seq)
      this.#early.clear()
      this.#dropping = true
      return [{ frame: error, seq: undefined }]
    }
    this.#taken.remember(seq, id, error)
    this.settle([seq])
    return [{ frame: error, seq }]
  }
}
