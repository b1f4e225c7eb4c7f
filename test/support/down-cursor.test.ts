import { expect, test } from 'vitest'
import { DownCursor, type DownBatch } from './down-cursor.ts'

function batch(change: Partial<DownBatch>): DownBatch {
  return { stream: 1, epoch: 1, prev: 0, ack: 0, frames: [], ...change }
}

function message(seq: number, content = `m${seq}`) {
  return { messageType: 'NEW_MESSAGE', seq, content }
}

function cursor(): DownCursor {
  const made = new DownCursor()
  made.restart(1, 0)
  return made
}

test('[DO1] each item of the log is applied once and in order; what has no number goes beside it', () => {
  const subject = cursor()
  const first = subject.take(batch({ frames: [message(1), { messageType: 'PRESENCE' }, message(3)] }))
  expect(first).toMatchObject({ log: [{ seq: 1 }, { seq: 3 }], others: [{ messageType: 'PRESENCE' }] })
  const again = subject.take(batch({ prev: 1, frames: [message(3), message(4)] }))
  expect(again?.log).toMatchObject([{ seq: 4 }])
  expect(subject.seq).toBe(4)
})

test('[DO2] a batch behind a gap gives nothing of its log and says so', () => {
  const subject = cursor()
  const taken = subject.take(batch({ prev: 2, frames: [message(3), { messageType: 'PONG' }] }))
  expect(taken).toMatchObject({ log: [], others: [{ messageType: 'PONG' }], missing: true })
  expect(subject.seq).toBe(0)
})

test('[DO3] a lower epoch is dropped', () => {
  const subject = cursor()
  subject.take(batch({ epoch: 5 }))
  expect(subject.take(batch({ epoch: 4, frames: [message(1)] }))).toBeUndefined()
})

test('[DO4] the parts of a long text are one item, whichever batches they came in', () => {
  const subject = cursor()
  const part = (at: number, content: string) => ({ ...message(2, content), part: [at, 2] })
  expect(subject.take(batch({ frames: [message(1), part(1, 'hel')] }))?.log).toHaveLength(1)
  expect(subject.take(batch({ prev: 1, frames: [part(2, 'lo'), message(3)] }))?.log).toMatchObject([
    { seq: 2, content: 'hello' },
    { seq: 3 },
  ])
})

test('[DO5] the events of one stanza are one item', () => {
  const subject = cursor()
  const events = [{ messageType: 'STATE' }, { messageType: 'STATE' }]
  expect(subject.take(batch({ frames: [{ seq: 7, events }] }))?.log).toEqual(events)
  expect(subject.seq).toBe(7)
})

test('[DO6] RESET moves the cursor, and what comes behind it in the same batch is applied', () => {
  const subject = cursor()
  const reset = { messageType: 'RESET', stream: 2, seq: 0 }
  const taken = subject.take(batch({ stream: 2, frames: [reset, message(4)] }))
  expect(taken).toMatchObject({ log: [{ seq: 4 }], others: [reset], missing: false })
  expect([subject.stream, subject.seq]).toEqual([2, 4])
})
