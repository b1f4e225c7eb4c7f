import type { SavedItem } from './store.ts'

const encoder = new TextEncoder()

/** In UTF-8. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length
}

/**
 * The frames of one item, as JSON. A text of more than `maxContentBytes` (as JSON) goes in parts under one id and seq;
 * cut the same way every time, so that parts of two tries fit together.
 */
export function framesOf({ id, seq, frame }: SavedItem, maxContentBytes: number): readonly string[] {
  if (frame.messageType !== 'NEW_MESSAGE') return [JSON.stringify({ seq, id, ...frame })]
  const pieces = cut(frame.content, maxContentBytes)
  return pieces.map((content, index) => {
    const part = pieces.length > 1 ? [index + 1, pieces.length] : undefined
    return JSON.stringify({ seq, id, ...frame, content, part })
  })
}

function cut(text: string, maxBytes: number): readonly string[] {
  if (bytesOf(JSON.stringify(text)) <= maxBytes) return [text]
  const pieces: string[] = []
  let piece = ''
  // Two for the quotes.
  let bytes = 2
  // By code point: half a surrogate pair is no text.
  for (const character of text) {
    const more = bytesOf(JSON.stringify(character)) - 2
    if (bytes + more > maxBytes) {
      pieces.push(piece)
      piece = ''
      bytes = 2
    }
    piece += character
    bytes += more
  }
  return [...pieces, piece]
}

/** Adds one part to those that are here. All of them in order once none is missing; what has no `part` is all there is. */
export function collect<Part extends { readonly part?: readonly [number, number] | undefined }>(
  parts: Map<number, Part>,
  one: Part,
): readonly Part[] | undefined {
  const [index, of] = one.part ?? [1, 1]
  parts.set(index, one)
  if (parts.size < of) return undefined
  return [...parts].sort(([a], [b]) => a - b).map(([, part]) => part)
}

/** Puts frames (as JSON) into as few groups as fit into `maxBytes` each; one that is longer stands alone. */
export function group(frames: readonly string[], maxBytes: number): readonly (readonly string[])[] {
  const groups: string[][] = []
  let room = 0
  for (const frame of frames) {
    // One for the comma.
    const bytes = bytesOf(frame) + 1
    if (bytes > room) {
      groups.push([])
      room = maxBytes
    }
    groups.at(-1)?.push(frame)
    room -= bytes
  }
  return groups
}
