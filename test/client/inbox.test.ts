import { expect, test } from 'vitest'
import { Inbox } from '../../client/src/inbox.ts'
import type { Batch } from '../../client/src/read.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import { message } from './support/frames.ts'

function batch(prev: number, items: readonly (readonly [number, object])[], stream = 1): Batch {
  return {
    stream,
    epoch: 1,
    prev,
    ack: 0,
    items: items.map(([seq, event]) => ({ seq, events: [event as DownFrame] })),
    loose: [],
  }
}

function seqs(
  inbox: Inbox,
  incoming: Batch,
): { readonly seqs: readonly number[]; readonly missing: boolean } {
  const { items, missing } = inbox.receive(incoming)
  return { seqs: items.map(({ seq }) => seq), missing }
}

test('[IN1] items are taken once and in order; numbers may leave some out', () => {
  const inbox = new Inbox({ stream: 1, seq: 4 })
  const first = batch(4, [
    [6, message('a')],
    [9, message('b')],
  ])
  expect(seqs(inbox, first)).toEqual({ seqs: [6, 9], missing: false })
  expect(seqs(inbox, first)).toEqual({ seqs: [], missing: false })
  expect(inbox.at).toEqual({ stream: 1, seq: 9 })
})

test('[IN2] a batch behind something that is not here is dropped, and missed', () => {
  const inbox = new Inbox({ stream: 1, seq: 4 })
  expect(seqs(inbox, batch(5, [[6, message('a')]]))).toEqual({ seqs: [], missing: true })
  expect(inbox.at.seq).toBe(4)
})

test('[IN3] items of a later stream are missed, of an earlier one forgotten', () => {
  const inbox = new Inbox({ stream: 2, seq: 4 })
  expect(seqs(inbox, batch(0, [[1, message('a')]], 3))).toEqual({ seqs: [], missing: true })
  expect(seqs(inbox, batch(0, [[9, message('a')]], 1))).toEqual({ seqs: [], missing: false })
})

test('[IN4] the parts of a long text are one item when all are here, in whatever batches they come', () => {
  const inbox = new Inbox({ stream: 1, seq: 0 })
  const part = (index: number, text: string) => message(text, { mid: 'm', part: [index, 3] })
  expect(seqs(inbox, batch(0, [[1, part(1, 'one ')]]))).toEqual({ seqs: [], missing: false })
  expect(seqs(inbox, batch(1, [[1, part(2, 'two ')]]))).toEqual({ seqs: [], missing: false })
  expect(seqs(inbox, batch(0, [[1, part(2, 'two ')]]))).toEqual({ seqs: [], missing: false })
  const { items } = inbox.receive(batch(0, [[1, part(3, 'three')]]))
  expect(items).toMatchObject([{ seq: 1, events: [{ content: 'one two three', mid: 'm' }] }])
})

test('[IN5] an item behind a text that is not whole is missed, with what came before taken', () => {
  const inbox = new Inbox({ stream: 1, seq: 0 })
  const items = [
    [1, message('whole')],
    [2, message('a', { part: [1, 2] })],
    [3, message('later')],
  ] as const
  expect(seqs(inbox, batch(0, items))).toEqual({ seqs: [1], missing: true })
  inbox.reset({ stream: 1, seq: 2 })
  expect(seqs(inbox, batch(2, [[3, message('later')]]))).toEqual({ seqs: [3], missing: false })
})
