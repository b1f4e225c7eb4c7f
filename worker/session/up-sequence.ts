import type { Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame, SyncDown, SyncUp } from '../../shared/wire/frames/session.ts'
import type { ReadFrame } from '../../shared/wire/read.ts'
import type { UpFrame } from '../../shared/wire/up.ts'
import { errorFrame } from '../translate/error-frame.ts'
import { Early, isPart, type Sequenced } from './early.ts'
import { errorFor, readPlaced } from './sequenced.ts'

/** What is to be done with a frame; see Conversation.onFrame. An ERROR `rate-limited` or `try-again` is temporary. */
type Outcome = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly error: ErrorFrame }

/** A frame whose turn it is. */
export interface Turn {
  readonly frame: UpFrame
  /** Its place in the sequence; undefined for a request or a state. */
  readonly seq: number | undefined
  /** A worker that is gone may have sent it already. */
  readonly suspect: boolean
}

/** Who deals with the frames. */
export interface Desk {
  readonly handle: (turn: Turn) => Outcome
  /** Before anything is answered that was not handled: undefined, or that there were too many. */
  readonly charge: () => ErrorFrame | undefined
}

/** A frame for the client. With a `seq`: the ack of that must not reach the client before it, nor without it. */
export interface Answer {
  readonly frame: DownFrame
  readonly seq: number | undefined
}

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

interface TakenFrame {
  readonly id: string | undefined
  /** The ERROR, or the STATE, that came of it. */
  answer?: DownFrame
}

const ASK: Answer = { frame: { messageType: 'SYNC' }, seq: undefined }

/** API Gateway runs two batches of a client side by side; a later one overtakes by milliseconds, a lost one never comes. */
const HOLD_MS = 2000
/** A client has at most 32 unacknowledged; what it may send again is among so many. */
const REMEMBERED = 256

/**
 * The frames of a client that become stanzas, each exactly once and in order: `last` + 1 is taken, what was taken is
 * acknowledged again, what is early waits for its turn. A permanent refusal takes its place; a temporary one takes none, and
 * all after it is dropped until the client sends from there again.
 */
export class UpSequence {
  readonly #early = new Early()
  /** The last frames taken, lowest `seq` first. */
  readonly #taken = new Map<number, TakenFrame>()
  /** Above `#acked`: settled out of turn. */
  readonly #settled = new Set<number>()
  #last = 0
  #acked = 0
  #suspectTo = 0
  #known: boolean
  /** After a temporary refusal, until the refused frame comes again. */
  #dropping = false

  /** `known`: true for a new session; false for one whose earlier worker is gone, until `position` or `start`. */
  constructor(known: boolean) {
    this.#known = known
  }

  /** Whether it is known which frames were taken. Until then frames of the sequence are dropped and SYNC asks. */
  get known(): boolean {
    return this.#known
  }

  /** Taken up to here. */
  get last(): number {
    return this.#last
  }

  /** The XMPP server has the frames up to here, or their end is told. */
  get acked(): number {
    return this.#acked
  }

  /** All that an earlier worker may have sent was taken again. */
  get gathered(): boolean {
    return this.#last >= this.#suspectTo
  }

  /** When `expire` is due; monotonic milliseconds, undefined when nothing waits. */
  get holdUntilMs(): number | undefined {
    return this.#early.sinceMs === undefined ? undefined : this.#early.sinceMs + HOLD_MS
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
      if (placed.seq === undefined) answers.push(...beside(placed.read, desk))
      else if (!this.#known) answers.push(ASK)
      else if (placed.seq > this.#last) answers.push(...this.#place(placed.seq, placed.frame, nowMs, desk))
      else {
        answers.push(...this.#again(placed.seq, placed.frame.id, desk))
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
    for (const seq of seqs) if (seq > this.#acked && seq <= this.#last) this.#settled.add(seq)
    const before = this.#acked
    while (this.#settled.delete(this.#acked + 1)) this.#acked += 1
    return this.#acked > before
  }

  /**
   * A STATE `unsure`, or an ERROR, about a taken frame, to be told before that is settled. It is remembered and said again
   * like a refusal; its `seq`, undefined when it is about none of them.
   */
  answered(frame: DownFrame): number | undefined {
    const id = frame.messageType === 'STATE' || frame.messageType === 'ERROR' ? frame.id : undefined
    const found = [...this.#taken].findLast(([, taken]) => id !== undefined && taken.id === id)
    if (found !== undefined) found[1].answer = frame
    return found?.[0]
  }

  /**
   * The client told where it stands, with SYNC or JOIN: it sends again from `from`, and has sent up to `sent`. `epoch` is that
   * of this worker: a client that had not heard of it may have sent more since to the one before.
   */
  position(at: Pick<SyncUp, 'from' | 'sent' | 'epoch'>, epoch: number): Positioned {
    const before = Math.max(0, at.from - 1)
    if (!this.#known && (at.epoch ?? epoch) < epoch) return { ack: before, answers: [ASK] }
    if (!this.#known) this.#suspectTo = at.sent
    this.#known = true
    this.#dropping = false
    this.#early.clear()
    // It has that from us or from a worker before us, whose count was ahead.
    this.#last = Math.max(this.#last, before)
    this.#acked = Math.max(this.#acked, before)
    this.settle([])
    return this.#saidAgain(before)
  }

  /** Goes on where a draining worker stopped. What that had no time to tell is told again. */
  start({ last, acked, ids, settled, answers, suspectTo, unknown }: Handover['up']): Positioned {
    this.#known = unknown !== true
    this.#suspectTo = suspectTo ?? 0
    this.#last = last
    this.#acked = acked
    for (const [seq, id] of ids) this.#taken.set(seq, { id })
    for (const [seq, answer] of answers ?? []) this.#taken.set(seq, { id: this.#taken.get(seq)?.id, answer })
    this.settle(settled ?? [])
    return this.#saidAgain(0)
  }

  /** What a successor needs to go on. What waits for its turn is not in it: the client sends it again. */
  handover(): Handover['up'] {
    const taken = [...this.#taken]
    return {
      last: this.#last,
      acked: this.#acked,
      ids: taken.flatMap(([seq, { id }]) => (id === undefined ? [] : [[seq, id]])),
      settled: [...this.#settled],
      answers: taken.flatMap(([seq, { answer }]) => (answer === undefined ? [] : [[seq, answer]])),
      suspectTo: this.#suspectTo,
      ...(!this.#known && { unknown: true }),
    }
  }

  #saidAgain(behind: number): Positioned {
    const answers = [...this.#taken].flatMap(([seq, { answer }]) =>
      seq > behind && answer !== undefined ? [{ seq, frame: answer }] : [],
    )
    return { ack: Math.min(this.#acked, ...answers.map(({ seq }) => seq - 1)), answers }
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
    this.#remember(seq, id)
    const suspect = seq <= this.#suspectTo
    const outcome = read.ok ? desk.handle({ frame: read.frame, seq, suspect }) : refusal(read, desk)
    if (outcome.kind === 'taken') return []
    const { error } = outcome
    if (isTemporary(error)) {
      this.#last = seq - 1
      this.#taken.delete(seq)
      this.#early.clear()
      this.#dropping = true
      return [{ frame: error, seq: undefined }]
    }
    this.#taken.set(seq, { id, answer: error })
    this.settle([seq])
    return [{ frame: error, seq }]
  }

  #again(seq: number, id: string | undefined, desk: Desk): Answer[] {
    const taken = this.#taken.get(seq)
    if (taken === undefined) return []
    if (taken.id !== id) return [conflict(id, desk)]
    if (taken.answer === undefined) return []
    const limited = desk.charge()
    return [limited === undefined ? { frame: taken.answer, seq } : { frame: limited, seq: undefined }]
  }

  #remember(seq: number, id: string | undefined): void {
    this.#taken.set(seq, { id })
    const [oldest] = this.#taken.keys()
    if (this.#taken.size > REMEMBERED && oldest !== undefined) this.#taken.delete(oldest)
  }
}

/** A request or a state, or a frame that cannot be read and asks for no place. */
function beside(read: ReadFrame, desk: Desk): Answer[] {
  const outcome = read.ok
    ? desk.handle({ frame: read.frame, seq: undefined, suspect: false })
    : refusal(read, desk)
  return outcome.kind === 'taken' ? [] : [{ frame: outcome.error, seq: undefined }]
}

function refusal(read: Extract<ReadFrame, { ok: false }>, desk: Desk): Extract<Outcome, { kind: 'refused' }> {
  return { kind: 'refused', error: desk.charge() ?? errorFor(read) }
}

function isTemporary({ code }: ErrorFrame): boolean {
  return code === 'rate-limited' || code === 'try-again'
}

function conflict(id: string | undefined, desk: Desk): Answer {
  const message = 'Another frame has this seq; this one was not handled.'
  return { frame: desk.charge() ?? errorFrame('seq-conflict', message, id), seq: undefined }
}

/** Of all that is too much in one batch one ERROR tells. */
function limitedOnce({ handle, charge }: Desk): Desk {
  let limited: ErrorFrame | undefined
  return {
    handle,
    charge: () => {
      limited ??= charge()
      return limited
    },
  }
}

/** What would be said to one batch again and again is said once: SYNC, `rate-limited`, what came of one frame. */
function withoutEchoes(answers: readonly Answer[]): Answer[] {
  const said = new Set<DownFrame>()
  return answers.filter(({ frame }) => !said.has(frame) && said.add(frame))
}
