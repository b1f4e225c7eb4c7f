import { expect, test } from 'vitest'
import { FrameReader } from '../../../local/gateway/frames.ts'

const TEXT = 0x1
const CONTINUATION = 0x0
const BINARY = 0x2
const PING = 0x9
const FIN = 0x80

/** A frame as RFC 6455 5.2 draws it, masked as a client's or bare as a server's. */
function frame(first: number, payloadBytes: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0
  const key = Buffer.alloc(isMasked ? 4 : 0, 0xab)
  const payload = Buffer.alloc(payloadBytes, 0xff)
  if (payloadBytes < 126) return Buffer.concat([Buffer.from([first, mask | payloadBytes]), key, payload])
  const length = Buffer.alloc(payloadBytes < 65_536 ? 2 : 8)
  length.writeUIntBE(payloadBytes, Math.max(0, length.length - 6), Math.min(6, length.length))
  return Buffer.concat([Buffer.from([first, mask | (length.length === 2 ? 126 : 127)]), length, key, payload])
}

const stream = (isMasked: boolean) =>
  Buffer.concat([
    frame(FIN | TEXT, 5, isMasked),
    frame(TEXT, 300, isMasked),
    frame(FIN | PING, 7, isMasked),
    frame(FIN | CONTINUATION, 70_000, isMasked),
    frame(FIN | BINARY, 0, isMasked),
  ])

const expected = [
  { opcode: 1, payloadBytes: 5, messageBytes: 5, message: 0 },
  { opcode: 1, payloadBytes: 300, messageBytes: 300, message: 1 },
  { opcode: 9, payloadBytes: 7, messageBytes: 0, message: 1 },
  { opcode: 0, payloadBytes: 70_000, messageBytes: 70_300, message: 1 },
  { opcode: 2, payloadBytes: 0, messageBytes: 0, message: 2 },
]

test.each([true, false])('[FR1] the headers of frames are read in one piece (masked: %s)', mask => {
  expect(new FrameReader().push(stream(mask))).toEqual(expected)
})

test.each([1, 2, 3, 7, 1000])('[FR2] the same headers are read from pieces of %i bytes', size => {
  const bytes = stream(true)
  const reader = new FrameReader()
  const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, piece) => piece * size)
  expect(starts.flatMap(at => reader.push(bytes.subarray(at, at + size)))).toEqual(expected)
})

test('[FR3] a frame is told of before its payload has come', () => {
  const bytes = stream(true)
  expect(new FrameReader().push(bytes.subarray(0, 6))).toHaveLength(1)
})

test('[FR4] a length that no payload will ever have is read', () => {
  const header = Buffer.from([0x81, 0xff, ...Array<number>(8).fill(0xff), 1, 2, 3, 4])
  expect(new FrameReader().push(header)[0]?.payloadBytes).toBeGreaterThan(2 ** 60)
})
