import { expect, test } from 'vitest'
import { settled } from '../support/hand-gateway.ts'
import { HERE, message, reply, setUp, WELCOME } from './batch-harness.ts'

test('[BQ12] a post that failed is repeated as it was; a closed fence does not count', async () => {
  const { clock, gateway, queue, hear, ends } = setUp()
  queue.begin(HERE)
  hear(1)
  await gateway.answer('failed')
  for (let look = 0; look < 40; look += 1) {
    clock.advance(250)
    await gateway.answer('fenced')
  }
  clock.advance(250)
  await gateway.answer('taken')
  expect(new Set(gateway.posted).size).toBe(1)
  expect(ends).toEqual([])
})

test('[BQ13] a 410 ends the queue, once', async () => {
  const { gateway, queue, hear, ends } = setUp()
  queue.begin(HERE)
  hear(1)
  await gateway.answer('gone')
  hear(2)
  await settled()
  expect(ends).toEqual(['gone'])
  expect(gateway.open).toBe(0)
})

test('[BQ14] the last frame goes out alone, behind the replies and without the log', async () => {
  const { gateway, queue, hear, batches } = setUp()
  queue.begin(HERE)
  hear(1)
  await settled()
  hear(2)
  queue.push(reply('r'))
  const finished = queue.finish(WELCOME)
  queue.push(reply('late'))
  for (let post = 0; post < 3; post += 1) await gateway.answer('taken')
  await finished
  expect(batches().slice(1)).toMatchObject([{ frames: [reply('r')] }, WELCOME])
})

test('[BQ15] beyond its bytes the queue is too slow, and stopped it leaves no timer behind', async () => {
  const { clock, gateway, queue, ends } = setUp({ maxQueueBytes: 100 })
  queue.begin(HERE)
  queue.push(reply('a'))
  await gateway.answer('slow')
  for (let index = 0; index < 10; index += 1) queue.push(reply(`r${index}`))
  expect(ends).toEqual(['too-slow'])
  queue.stop()
  await queue.flushed()
  expect(clock.pending).toBe(0)
})

test('[BQ16] a gap is told in one batch with the RESET over it, and behind what; the next one is not', async () => {
  const { gateway, log, queue, hear, batches } = setUp({ archive: false })
  for (let count = 1; count <= 402; count += 1) log.add(count, [message('x'.repeat(1500), count)], 0)
  log.handled(false, 0)
  const { seq } = log.goOnFrom(0)
  queue.begin(HERE, WELCOME, 'mid-7')
  await gateway.answer('taken')
  hear(403)
  await gateway.answer('taken')
  queue.rewind(undefined)
  await gateway.answer('taken')
  await gateway.answer('taken')
  const gap = { messageType: 'GAP', reason: 'no-archive' }
  const [, ...told] = batches()
  expect(told.filter(({ frames }) => JSON.stringify(frames).includes('GAP'))).toMatchObject([
    {
      prev: 0,
      frames: [
        { messageType: 'RESET', seq },
        { ...gap, after: 'mid-7' },
      ],
    },
    { frames: [{ messageType: 'RESET', seq }, gap] },
  ])
  expect(JSON.stringify(told).split('"after"')).toHaveLength(2)
})
