/** What the first bytes of a WebSocket frame say (RFC 6455 5.2). */
export interface FrameHeader {
  opcode: number
  payloadBytes: number
  /** Payload of the frame's whole message so far, this frame included; 0 for a control frame. */
  messageBytes: number
  /** Which data message of the connection the frame belongs to, counted from 0. */
  message: number
}

const FIRST_CONTROL_OPCODE = 0x8

/**
 * Reads frame headers off a byte stream and skips the payloads. The limits of the gateway are about frames,
 * which WebSocket libraries join to messages before anybody can see them.
 */
export class FrameReader {
  #head: number[] = []
  #payloadLeft = 0
  #messageBytes = 0
  #message = 0

  /** Takes the next bytes, cut anywhere, and returns the headers that they complete. */
  push(chunk: Uint8Array): FrameHeader[] {
    const frames: FrameHeader[] = []
    let at = 0
    while (at < chunk.length) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - at)
      this.#payloadLeft -= skipped
      at += skipped
      const end = Math.min(at + headerBytes(this.#head) - this.#head.length, chunk.length)
      this.#head.push(...chunk.subarray(at, end))
      at = end
      if (this.#head.length === headerBytes(this.#head)) frames.push(this.#finish())
    }
    return frames
  }

  #finish(): FrameHeader {
    const [first = 0] = this.#head
    const opcode = first & 0x0f
    const payloadBytes = payloadLength(this.#head)
    this.#head = []
    this.#payloadLeft = payloadBytes
    if (opcode >= FIRST_CONTROL_OPCODE)
      return { opcode, payloadBytes, messageBytes: 0, message: this.#message }

    this.#messageBytes += payloadBytes
    const frame = { opcode, payloadBytes, messageBytes: this.#messageBytes, message: this.#message }
    const isLast = (first & 0x80) !== 0
    if (isLast) {
      this.#message += 1
      this.#messageBytes = 0
    }
    return frame
  }
}

/** Bytes before the payload, as far as the bytes at hand can tell: two until the second one has come. */
function headerBytes(head: readonly number[]): number {
  const second = head[1]
  if (second === undefined) return 2
  const mask = (second & 0x80) === 0 ? 0 : 4
  const length = second & 0x7f
  return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + mask
}

function payloadLength(head: readonly number[]): number {
  const short = (head[1] ?? 0) & 0x7f
  if (short < 126) return short
  const bytes = head.slice(2, short === 126 ? 4 : 10)
  return bytes.reduce((length, byte) => length * 256 + byte, 0)
}
