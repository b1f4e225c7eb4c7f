import * as z from 'zod/mini'
import { count } from '../../shared/wire/ids.ts'
import { checkUpFrame, type ReadFrame } from '../../shared/wire/read.ts'
import type { Sequenced } from './early.ts'

/** A text of 64 KiB in parts of 8 KiB are 8; a client may cut smaller ones. */
const MAX_PARTS = 32

const numbered = z.object({ seq: count })
const SEQUENCED: ReadonlySet<string> = new Set(['NEW_MESSAGE', 'SUBSCRIPTION', 'DISPLAYED'])

/** One frame of a batch: with its place in the sequence, or (`seq` undefined) beside it. */
export type Placed =
  | { readonly seq: number; readonly frame: Sequenced }
  | { readonly seq: undefined; readonly read: ReadFrame }

/** Reads one frame of a batch. What cannot be read but has a `seq` takes its place in the sequence all the same. */
export function readPlaced(value: unknown): Placed {
  const read = checkUpFrame(value)
  const seq = numbered.safeParse(value).data?.seq
  if (read.ok && !SEQUENCED.has(read.frame.messageType)) return { seq: undefined, read }
  const checked = read.ok ? checkPlace(read, seq) : read
  if (seq === undefined) return { seq, read: checked }
  return { seq, frame: { id: idOf(read), read: checked } }
}

function checkPlace(read: Extract<ReadFrame, { ok: true }>, seq: number | undefined): ReadFrame {
  const id = idOf(read)
  const bad = (message: string): ReadFrame => ({ ok: false, code: 'bad-frame', message, id })
  if (seq === undefined) return bad('This frame needs a seq.')
  if (id === undefined) return bad('A frame with a seq needs an id.')
  const [index, of] = (read.frame.messageType === 'NEW_MESSAGE' && read.frame.part) || [1, 1]
  return index >= 1 && index <= of && of <= MAX_PARTS
    ? read
    : bad(`A part is [i, n] with 1 ≤ i ≤ n ≤ ${MAX_PARTS}.`)
}

function idOf(read: ReadFrame): string | undefined {
  return read.ok ? read.frame.id : read.id
}
