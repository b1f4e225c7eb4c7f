import { expect, test } from 'vitest'
import type { DownFrame } from '../../shared/wire/down.ts'
import { settled } from '../support/hand-gateway.ts'
import { HERE, message, presence, reply, seqsOf, setUp, WELCOME } from './batch-harness.ts'

test('[BQ1] the welcome goes out first and alone, and then what has waited as one batch', async () => {
  const { gateway, queue, hear, batches } = setUp()
  hear(2)
  queue.push(reply('r'))
  await settled()
  expect(gateway.open).toBe(0)
  queue.begin(HERE, WELCOME)
  await gateway.answer('taken')
  await gateway.answer('taken')
  expect(batches()).toEqual([
    WELCOME,
    { stream: 3, epoch: 7, prev: 0, ack: 0, frames: [{ seq: 2, ...message('text 2', 2) }, reply('r')] },
  ])
})

test('[BQ2] one post at a time; what comes meanwhile goes out together, with the head of that moment', async () => {
  const { gateway, queue, header, hear, batches } = setUp()
  queue.begin(HERE)
  hear(1)
  await settled()
  hear(3)
  hear(4)
  header.ack = 9
  header.epoch = 8
  expect(gateway.open).toBe(1)
  await gateway.answer('taken')
  await gateway.answer('taken')
  expect(batches().map(seqsOf)).toEqual([[1], [3, 4]])
  expect(batches()[1]).toMatchObject({ epoch: 8, prev: 1, ack: 9 })
})

test('[BQ3] state merges while it waits, and a snapshot takes the place of presence and contacts', async () => {
  const { gateway, queue, batches } = setUp()
  queue.begin(HERE)
  queue.push(presence('jose', 'available'))
  queue.push({ messageType: 'TYPING', from: 'jose', state: 'composing' })
  queue.push({ messageType: 'SNAPSHOT', contacts: [], requests: [], part: [1, 2] })
  queue.push({ messageType: 'SNAPSHOT', contacts: [], requests: [], part: [2, 2] })
  queue.push(presence('jose', 'available'))
  queue.push(presence('jose', 'away'))
  queue.push({ messageType: 'TYPING', from: 'jose', state: 'paused' })
  await gateway.answer('taken')
  expect(batches()[0]?.frames).toMatchObject([
    { messageType: 'SNAPSHOT', part: [1, 2] },
    { messageType: 'SNAPSHOT', part: [2, 2] },
    { show: 'away' },
    { state: 'paused' },
  ])
})

test('[BQ4] a batch is never longer than its limit, and uses it', async () => {
  const { gateway, queue, hear, takeAll } = setUp({ maxBatchBytes: 1000 })
  queue.begin(HERE)
  for (let count = 1; count <= 4; count += 1) hear(count, 'é'.repeat(100))
  for (let index = 0; index < 30; index += 1) queue.push(reply(`réponse ${index}`))
  await takeAll()
  const sizes = gateway.posted.map(text => Buffer.byteLength(text))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1000)
  expect(sizes.slice(0, -1).every(bytes => bytes > 500)).toBe(true)
})

test('[BQ5] parts of a long text may go out in several batches; prev stays before them until it is whole', async () => {
  const { gateway, queue, hear, batches } = setUp({ maxBatchBytes: 10_000 })
  queue.begin(HERE)
  hear(1)
  hear(2, 'x'.repeat(20_000))
  hear(3)
  for (let post = 0; post < 3; post += 1) await gateway.answer('taken')
  expect(batches().map(({ prev }) => prev)).toEqual([0, 1, 1])
  expect(batches().map(seqsOf)).toEqual([[1, 2], [2], [2, 3]])
})

test('[BQ6] no more than the window goes out ahead of the acknowledgement', async () => {
  const { gateway, log, queue, hear, batches } = setUp()
  queue.begin(HERE)
  for (let count = 1; count <= 4; count += 1) hear(count)
  await gateway.answer('taken')
  log.add(5, [message('text 5', 5)], 0)
  queue.poke()
  await settled()
  expect(gateway.open).toBe(0)
  log.ack(1)
  queue.poke()
  await gateway.answer('taken')
  expect(batches().map(seqsOf)).toEqual([[1, 2, 3, 4], [5]])
})

test('[BQ7] what left memory before it went out is told by a RESET in a batch of its own', async () => {
  const { gateway, log, queue, hear, batches } = setUp()
  queue.begin(HERE)
  for (let count = 1; count <= 4; count += 1) hear(count)
  await gateway.answer('taken')
  for (let count = 5; count <= 10; count += 1) hear(count)
  await settled()
  expect(gateway.open).toBe(0)
  log.ack(4)
  queue.poke()
  await gateway.answer('taken')
  await gateway.answer('taken')
  expect(batches().slice(1)).toMatchObject([
    { prev: 4, frames: [{ messageType: 'RESET', stream: 3, seq: 6 }] },
    { prev: 6, frames: [{ seq: 7 }, { seq: 8 }, { seq: 9 }, { seq: 10 }] },
  ])
})

test('[BQ8] SYNC goes back to where the client stands', async () => {
  const { gateway, queue, hear, batches } = setUp()
  queue.begin(HERE)
  hear(1)
  hear(2)
  await gateway.answer('taken')
  queue.rewind(1)
  await gateway.answer('taken')
  expect(batches()[1]).toMatchObject({ prev: 1, frames: [{ seq: 2 }] })
})

test('[BQ9] a new stream begins with RESET, and without an archive with GAP', async () => {
  const { gateway, header, log, queue, hear, batches } = setUp({ archive: false })
  queue.begin(HERE)
  hear(1)
  await gateway.answer('taken')
  log.restart()
  header.stream = 4
  queue.rewind(undefined)
  hear(1)
  await gateway.answer('taken')
  await gateway.answer('taken')
  expect(batches().slice(1)).toMatchObject([
    {
      stream: 4,
      prev: 0,
      frames: [
        { messageType: 'RESET', stream: 4, seq: 0 },
        { messageType: 'GAP', reason: 'no-archive' },
      ],
    },
    { stream: 4, prev: 0, frames: [{ seq: 1 }] },
  ])
})

test('[BQ10] an acknowledgement waits a moment for company, and goes out by itself once', async () => {
  const { clock, gateway, header, queue, batches } = setUp()
  queue.begin(HERE)
  header.ack = 4
  queue.poke()
  header.ack = 5
  queue.poke()
  await settled()
  expect(gateway.open).toBe(0)
  clock.advance(250)
  await gateway.answer('taken')
  header.ack = 6
  queue.poke()
  await settled()
  queue.push({ messageType: 'PONG', id: 'p' })
  await gateway.answer('taken')
  clock.advance(1000)
  await settled()
  expect(gateway.open).toBe(0)
  expect(batches()).toMatchObject([
    { ack: 5, frames: [] },
    { ack: 6, frames: [{ id: 'p' }] },
  ])
})

test('[BQ10] an acknowledgement of many frames, or one that is asked for by repeating or flushed, does not wait', async () => {
  const { clock, gateway, header, queue, batches } = setUp()
  queue.begin(HERE)
  header.ack = 8
  queue.poke()
  await gateway.answer('taken')
  queue.acknowledge()
  await gateway.answer('taken')
  header.ack = 9
  queue.poke()
  await settled()
  const flushed = queue.flushed()
  await gateway.answer('taken')
  await flushed
  expect(batches().map(({ ack }) => ack)).toEqual([8, 8, 9])
  expect(clock.pending).toBe(0)
})

test('[BQ10] before the last frame an acknowledgement does not wait: nothing would come after it', async () => {
  const { clock, gateway, header, queue, batches } = setUp()
  queue.begin(HERE)
  header.ack = 1
  queue.poke()
  const finished = queue.finish({ messageType: 'LEAVE', code: 'replaced', message: 'x' })
  await gateway.answer('taken')
  await gateway.answer('taken')
  await finished
  expect(batches()).toMatchObject([{ ack: 1, frames: [] }, { messageType: 'LEAVE' }])
  expect(clock.pending).toBe(0)
})

test('[BQ11] an acknowledgement does not go out before the refusal that it covers', async () => {
  const { gateway, header, queue, batches } = setUp({ maxBatchBytes: 1000 })
  const refusal = (seq: number): DownFrame => ({
    messageType: 'ERROR',
    id: `m${seq}`,
    code: 'bad-address',
    message: 'x'.repeat(400),
  })
  queue.begin(HERE)
  header.ack = 9
  for (const seq of [7, 8, 9]) queue.push(refusal(seq), seq)
  await gateway.answer('taken')
  await gateway.answer('taken')
  await gateway.answer('taken')
  expect(batches().map(({ ack, frames }) => [ack, frames.map(frame => 'id' in frame && frame.id)])).toEqual([
    [7, ['m7']],
    [8, ['m8']],
    [9, ['m9']],
  ])
})
