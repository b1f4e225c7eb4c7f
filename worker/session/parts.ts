import { splitByBytes } from '../translate/text.ts'

/** What a long text travels as: frames with the same `id` and `seq`, [i, n] from 1. */
interface Part {
  readonly content: string
  readonly part?: readonly [number, number] | undefined
}

/**
 * The frame as the parts that a client gets: one, without `part`, when its text has at most `maxContentBytes` as JSON;
 * graphemes stay whole.
 */
export function splitText<Frame extends { readonly content: string }>(
  frame: Frame,
  maxContentBytes: number,
): readonly (Frame & { part?: [number, number] })[] {
  const pieces = splitByBytes(frame.content, maxContentBytes)
  if (pieces.length === 1) return [frame]
  return pieces.map((content, index) => ({ ...frame, content, part: [index + 1, pieces.length] }))
}

/** The frame that was sent in these parts, given in their order. */
export function joinText<Frame extends Part>(parts: readonly [Frame, ...Frame[]]): Frame {
  const { part: _part, ...whole } = parts[0]
  // Without its `part` it is the same frame; the compiler does not follow a rest over a type parameter.
  return { ...whole, content: parts.map(({ content }) => content).join('') } as Frame
}
