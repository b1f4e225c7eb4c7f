import type { Frame } from './web-user.ts'

/** A batch as it came. */
export interface DownBatch {
  readonly stream: number
  readonly epoch: number
  readonly prev: number
  readonly ack: number
  readonly frames: readonly Frame[]
}

/** Frames of a batch: those of the log that are new, in order, and those that have no place in it. */
export interface Taken {
  readonly log: readonly Frame[]
  readonly others: readonly Frame[]
  /** Something of the log before this batch is missing; nothing of its log was taken. */
  readonly missing: boolean
}

export function isBatch(frame: Frame): frame is Frame & DownBatch {
  return (
    frame.messageType === undefined && Array.isArray(frame['frames']) && typeof frame['prev'] === 'number'
  )
}

/** How far a client has the log: applies each item once and in order, as PROTOCOL.md says. */
export class DownCursor {
  stream = 0
  epoch = 0
  /** The last item of the log that was applied. */
  seq = 0
  /** The parts of a long text that have come so far. */
  #parts: Frame[] = []

  /** The log goes on behind `seq` of `stream`. */
  restart(stream: number, seq: number): void {
    this.stream = stream
    this.seq = seq
    this.#parts = []
  }

  /** Undefined for a batch of an earlier owner. */
  take(batch: DownBatch): Taken | undefined {
    if (batch.epoch < this.epoch) return undefined
    this.epoch = batch.epoch
    const reset = batch.frames.find(frame => frame.messageType === 'RESET')
    if (reset) this.restart(Number(reset['stream']), Number(reset['seq']))
    const others = batch.frames.filter(frame => seqOf(frame) === undefined)
    const partial = seqOf(this.#parts[0])
    const missing = batch.stream === this.stream && batch.prev > this.seq && batch.prev !== partial
    if (missing || batch.stream !== this.stream) return { log: [], others, missing }
    return { log: batch.frames.flatMap(frame => this.#apply(frame)), others, missing }
  }

  #apply(frame: Frame): readonly Frame[] {
    const seq = seqOf(frame)
    if (seq === undefined || seq <= this.seq) return []
    const whole = this.#join(frame)
    if (!whole) return []
    this.seq = seq
    const events = whole['events']
    return Array.isArray(events) ? (events as Frame[]) : [whole]
  }

  /** A frame that is whole, or the whole of which this was the last part. */
  #join(frame: Frame): Frame | undefined {
    const part = frame['part']
    if (!Array.isArray(part)) return frame
    const [at, of] = part as [number, number]
    if (at === 1) this.#parts = []
    if (at === this.#parts.length + 1) this.#parts.push(frame)
    if (this.#parts.length < of) return undefined
    const content = this.#parts.map(each => String(each['content'])).join('')
    this.#parts = []
    const { part: _, ...rest } = frame
    return { ...rest, content }
  }
}

/** Its place in the log; the `seq` of RESET is none. */
function seqOf(frame: Frame | undefined): number | undefined {
  const seq = frame?.messageType === 'RESET' ? undefined : frame?.['seq']
  return typeof seq === 'number' ? seq : undefined
}
