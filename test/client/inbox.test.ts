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
  const { items, missing = false } = inbox.receive(incoming)
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

test('[IN6] the last part of a long text may come with other events: all of them count, in their order', () => {
  const inbox = new Inbox({ stream: 1, seq: 0 })
  const state: DownFrame = { messageType: 'STATE', id: 'a', state: 'delivered' }
  const subscription: DownFrame = { messageType: 'SUBSCRIPTION', from: 'eva' }
  const last = message('two', { part: [2, 2] }) as DownFrame
  expect(seqs(inbox, batch(0, [[1, message('one ', { part: [1, 2] })]]))).toEqual({
    seqs: [],
    missing: false,
  })
  const { items } = inbox.receive({
    ...batch(0, []),
    items: [{ seq: 1, events: [state, last, subscription] }],
  })
  expect(items).toMatchObject([{ seq: 1, events: [state, { content: 'one two' }, subscription] }])
})

test('[IN7] a RESET to a later stream always counts; in the same one, where nothing is missing before it', () => {
  const resets = (stream: number, seq: number, prev: number, into = stream) => {
    const loose = [{ messageType: 'RESET', stream, seq }] as const
    return new Inbox({ stream: 2, seq: 4 }).receive({ ...batch(prev, [], into), loose }).reset
  }
  expect(resets(3, 0, 9)).toMatchObject({ stream: 3, seq: 0 })
  expect(resets(2, 7, 4)).toMatchObject({ stream: 2, seq: 7 })
  expect(resets(2, 7, 5)).toBeUndefined()
  expect(resets(2, 3, 4)).toBeUndefined()
  expect(resets(1, 9, 0)).toBeUndefined()
})
