import type { NewMessage } from '../../shared/wire/frames/message.ts'
import type { ReadFrame } from '../../shared/wire/read.ts'
import { jsonBytes } from '../translate/text.ts'
import { joinText } from './parts.ts'

/** A frame of the sequence, or what is wrong with it: either takes its place. */
export interface Sequenced {
  readonly id: string | undefined
  readonly read: ReadFrame
}

interface Waiting {
  readonly id: string | undefined
  /** By their number from 1. */
  readonly parts: Map<number, Sequenced>
  /** How many parts make it whole. */
  readonly of: number
  /** Of all of them, whole frames: nobody has looked yet how long an address is. */
  bytes: number
  /** When the last of them came; monotonic milliseconds. */
  newestMs: number
}

/** Twice what a client may have on its way unacknowledged. */
const MAX_FRAMES = 64
const MAX_BYTES = 1 << 18
/** API Gateway runs two batches of a client side by side; a later one overtakes by milliseconds, a lost one never comes. */
const HOLD_MS = 2000
/**
 * A long text goes in several batches, one behind the other on the same socket: at 23 kbit/s a full one takes this long. A
 * client whose batch was lost begins again by itself about then.
 */
const PART_HOLD_MS = 10_000

/** Frames of the sequence that came before their turn, and long texts that are not whole yet. */
export class Early {
  readonly #waiting = new Map<number, Waiting>()
  #frames = 0
  #bytes = 0
  /** Since when something waits for what should come before it; monotonic milliseconds. */
  #sinceMs: number | undefined

  /**
   * When all that waits is to be given up, `next` being the number that it waits for; monotonic milliseconds, undefined when
   * nothing waits. While that is a text that is not whole, each part that is new gives it more time; there are only so many.
   */
  untilMs(next: number): number | undefined {
    const unfinished = this.#waiting.get(next)
    if (unfinished !== undefined) return unfinished.newestMs + PART_HOLD_MS
    return this.#sinceMs === undefined ? undefined : this.#sinceMs + HOLD_MS
  }

  /** conflict: another `id` waits under this `seq`. full: there is no room; nothing was kept. */
  put(seq: number, frame: Sequenced, nowMs: number): 'waits' | 'conflict' | 'full' {
    const [index, of] = partOf(frame)
    const waiting = this.#waiting.get(seq) ?? {
      id: frame.id,
      of,
      parts: new Map(),
      bytes: 0,
      newestMs: nowMs,
    }
    if (waiting.id !== frame.id || waiting.of !== of) return 'conflict'
    if (waiting.parts.has(index)) return 'waits'
    const bytes = jsonBytes(frame.read)
    if (this.#frames >= MAX_FRAMES || this.#bytes + bytes > MAX_BYTES) return 'full'
    waiting.parts.set(index, frame)
    waiting.bytes += bytes
    waiting.newestMs = nowMs
    this.#waiting.set(seq, waiting)
    this.#count(1, bytes)
    this.#sinceMs ??= nowMs
    return 'waits'
  }

  /** Takes out what waits under `seq`, its parts joined, once they are all there. */
  take(seq: number, nowMs: number): Sequenced | undefined {
    const waiting = this.#waiting.get(seq)
    if (waiting === undefined || waiting.parts.size < waiting.of) return undefined
    const parts = [...waiting.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part)
    this.#waiting.delete(seq)
    this.#count(-parts.length, -waiting.bytes)
    // What waits behind it waits for another one from now on.
    this.#sinceMs = this.#waiting.size === 0 ? undefined : nowMs
    return joined(parts)
  }

  clear(): void {
    this.#waiting.clear()
    this.#frames = 0
    this.#bytes = 0
    this.#sinceMs = undefined
  }

  #count(frames: number, bytes: number): void {
    this.#frames += frames
    this.#bytes += bytes
  }
}

/** Whether it is one of several parts of a long text. */
export function isPart(frame: Sequenced): boolean {
  return partOf(frame)[1] > 1
}

function partOf(frame: Sequenced): readonly [number, number] {
  return messageIn(frame)?.part ?? [1, 1]
}

function joined(parts: readonly Sequenced[]): Sequenced | undefined {
  const [first, ...rest] = parts.map(messageIn).filter(message => message !== undefined)
  if (first === undefined) return parts[0]
  return { id: first.id, read: { ok: true, frame: joinText([first, ...rest]) } }
}

function messageIn({ read }: Sequenced): NewMessage | undefined {
  return read.ok && read.frame.messageType === 'NEW_MESSAGE' ? read.frame : undefined
}
