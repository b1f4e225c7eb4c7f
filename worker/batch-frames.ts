import type { DownFrame } from '../shared/wire/down.ts'

/** What stands at the head of a batch beside `prev`. */
export interface BatchHeader {
  readonly stream: number
  readonly epoch: number
  /** UpSequence.acked. */
  readonly ack: number
}

/** The JSON of a frame, and its bytes in UTF-8. */
export interface Sized {
  readonly text: string
  readonly bytes: number
}

/** The head of a batch and what closes it, with numbers of 16 digits. A frame that is to fit has so much less room. */
export const BATCH_OVERHEAD_BYTES = 128

/** The frames of one batch, metered. */
export class BatchFrames {
  readonly #texts: string[] = []
  #room: number

  constructor(room: number) {
    this.#room = room
  }

  /** Bytes left for the next frame. */
  get room(): number {
    return this.#room
  }

  get empty(): boolean {
    return this.#texts.length === 0
  }

  get count(): number {
    return this.#texts.length
  }

  get text(): string {
    return this.#texts.join(',')
  }

  add({ text, bytes }: Sized): void {
    this.#texts.push(text)
    // And a comma.
    this.#room -= bytes + 1
  }
}

/** A frame as it goes out. */
export function sized(frame: DownFrame): Sized {
  const text = JSON.stringify(frame)
  return { text, bytes: Buffer.byteLength(text) }
}
