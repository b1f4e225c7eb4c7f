import { expect, test, vi } from 'vitest'
import { Tally } from '../../shared/emf/tally.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import { HANDSHAKE_GRACE_MS } from '../../worker/posting.ts'
import { PushQueue, type PushEnd } from '../../worker/push.ts'
import { countsOf } from '../shared/emf/counts.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { HandGateway, settled } from '../support/hand-gateway.ts'

function message(content: string): DownFrame {
  return {
    messageType: 'NEW_MESSAGE',
    from: 'jose',
    to: 'sergio',
    content,
    timestamp: '2026-01-01T00:00:00.000Z',
  }
}

function presence(from: string, show: 'available' | 'away'): DownFrame {
  return { messageType: 'PRESENCE', from, show }
}

function setUp(options: { maxQueueBytes?: number; handshakeUntilMs?: number; held?: boolean } = {}) {
  const clock = new FakeClock()
  const gateway = new HandGateway()
  const meter = new Tally()
  const ends: PushEnd[] = []
  const queue = new PushQueue({
    connectionId: 'abc=',
    post: gateway.post,
    clock,
    meter,
    random: () => 1,
    maxQueueBytes: options.maxQueueBytes ?? 10_000,
    handshakeUntilMs: options.handshakeUntilMs ?? 0,
    held: options.held ?? false,
    onEnd: why => ends.push(why),
  })
  return { clock, gateway, meter, queue, ends }
}

const contentsOf = (posted: readonly string[]) =>
  posted.map(text => (JSON.parse(text) as { content: string }).content)

test('[PU1] one post at a time, in order; onTaken when the gateway took it', async () => {
  const { gateway, queue } = setUp()
  const taken: string[] = []
  for (const content of ['a', 'b', 'c']) queue.push(message(content), () => taken.push(content))
  await settled()
  expect(gateway.open).toBe(1)
  await gateway.answer('taken')
  expect(taken).toEqual(['a'])
  await gateway.answer('taken')
  await gateway.answer('taken')
  await queue.flushed()
  expect(contentsOf(gateway.posted)).toEqual(['a', 'b', 'c'])
})

test('[PU2] a 429 repeats the same frame after a pause and lets nothing pass it', async () => {
  const { clock, gateway, queue } = setUp()
  queue.push(message('a'))
  queue.push(message('b'))
  await gateway.answer('slow')
  clock.advance(49)
  await settled()
  expect(gateway.open).toBe(0)
  clock.advance(1)
  await gateway.answer('taken')
  await gateway.answer('taken')
  expect(contentsOf(gateway.posted)).toEqual(['a', 'a', 'b'])
})

test('[PU3] a 410 ends the queue: nothing more is posted, nothing counts as taken', async () => {
  const { gateway, queue, ends } = setUp()
  const taken = vi.fn()
  queue.push(message('a'), taken)
  queue.push(message('b'), taken)
  await gateway.answer('gone')
  queue.push(message('c'), taken)
  await queue.flushed()
  expect(ends).toEqual(['gone'])
  expect(gateway.posted.length).toBe(1)
  expect(taken).not.toHaveBeenCalled()
})

test('[PU4] during a handshake a 410 means not yet, for 35 s', async () => {
  const { clock, gateway, queue, ends } = setUp({ handshakeUntilMs: HANDSHAKE_GRACE_MS })
  queue.push(message('a'))
  await gateway.answer('gone')
  expect(ends).toEqual([])
  clock.advance(100)
  await gateway.answer('gone')
  clock.advance(HANDSHAKE_GRACE_MS)
  await gateway.answer('gone')
  expect(ends).toEqual(['gone'])
})

test('[PU5] failing posts are repeated, and after 30 failures the socket counts as gone', async () => {
  const { clock, gateway, queue, ends } = setUp()
  queue.push(message('a'))
  for (let failure = 0; failure < 30; failure += 1) {
    await gateway.answer('failed')
    clock.advance(5000)
  }
  expect(ends).toEqual([])
  await gateway.answer('failed')
  expect(ends).toEqual(['gone'])
})

test('[PU6] presence of one contact is merged while it waits; messages never are', async () => {
  const { gateway, queue } = setUp()
  queue.push(message('first'))
  queue.push(presence('jose', 'available'))
  queue.push(presence('ana', 'available'))
  queue.push(message('x'))
  queue.push(message('x'))
  queue.push(presence('jose', 'away'))
  for (let post = 0; post < 5; post += 1) await gateway.answer('taken')
  await queue.flushed()
  expect(gateway.posted.map(text => JSON.parse(text) as DownFrame)).toMatchObject([
    { content: 'first' },
    { from: 'ana' },
    { content: 'x' },
    { content: 'x' },
    { from: 'jose', show: 'away' },
  ])
})

test('[PU7] beyond its bytes the queue is too slow: it takes no more, and what waits still goes out', async () => {
  const { gateway, queue, ends } = setUp({ maxQueueBytes: 1000 })
  queue.push(message('first'))
  await settled()
  for (let each = 0; each < 10; each += 1) queue.push(message('x'.repeat(200)))
  expect(ends).toEqual(['too-slow'])
  for (let post = 0; post < 5; post += 1) await gateway.answer('taken')
  await queue.flushed()
  expect(gateway.posted.length).toBe(5)
})

test('[PU8] a stopped queue leaves no timer behind', async () => {
  const { clock, gateway, queue, ends } = setUp()
  queue.push(message('a'))
  await gateway.answer('slow')
  queue.stop()
  await queue.flushed()
  expect(clock.pending).toBe(0)
  expect(ends).toEqual([])
})

test('[PU9] a held queue posts nothing until it is released, and then the releasing frame first', async () => {
  const { gateway, queue } = setUp({ held: true })
  queue.push(message('early'))
  await settled()
  expect(gateway.open).toBe(0)
  queue.release(message('welcome'))
  await gateway.answer('taken')
  await gateway.answer('taken')
  await queue.flushed()
  expect(contentsOf(gateway.posted)).toEqual(['welcome', 'early'])
})

test('[PU10] the newest state of a contact goes out after a list of contacts that was made before it', async () => {
  const { gateway, queue } = setUp()
  const list: DownFrame = { messageType: 'GET_CONTACTS', content: '["jose"]', contacts: [] }
  for (const frame of [message('first'), presence('jose', 'available'), list, presence('jose', 'away')])
    queue.push(frame)
  for (let post = 0; post < 3; post += 1) await gateway.answer('taken')
  expect(gateway.posted.map(text => JSON.parse(text) as DownFrame)).toMatchObject([
    { content: 'first' },
    { messageType: 'GET_CONTACTS' },
    { messageType: 'PRESENCE', show: 'away' },
  ])
})

test('[PU11] after an overflow the last frame still goes out, and nothing after it', async () => {
  const { gateway, queue, ends } = setUp({ maxQueueBytes: 1000 })
  queue.push(message('first'))
  for (let each = 0; each < 10; each += 1) queue.push(message('x'.repeat(200)))
  const finished = queue.finish(message('last'))
  queue.push(message('late'))
  for (let post = 0; post < 6; post += 1) await gateway.answer('taken')
  await finished
  expect(contentsOf(gateway.posted).at(-1)).toBe('last')
  expect(ends).toEqual(['too-slow'])
})

test('[PU12] a held queue is finished without its welcome, in order', async () => {
  const { gateway, queue } = setUp({ held: true })
  queue.push(message('early'))
  const finished = queue.finish(message('last'))
  await gateway.answer('taken')
  await gateway.answer('taken')
  await finished
  expect(contentsOf(gateway.posted)).toEqual(['early', 'last'])
})

test('[PU13] a socket that goes while the last frame waits is no news to anybody', async () => {
  const { gateway, queue, ends } = setUp()
  const finished = queue.finish(message('last'))
  await gateway.answer('gone')
  await finished
  expect(ends).toEqual([])
})

test('[PU14] a closed fence holds the frame back without counting as a failure', async () => {
  const { clock, gateway, queue, ends } = setUp()
  queue.push(message('a'))
  for (let look = 0; look < 40; look += 1) {
    await gateway.answer('fenced')
    clock.advance(250)
  }
  await gateway.answer('taken')
  await queue.flushed()
  expect(ends).toEqual([])
})

test('[PU15] a frame counts as pushed when the gateway has taken it', async () => {
  const { gateway, meter, queue } = setUp()
  queue.push(message('a'))
  queue.push(message('b'))
  await gateway.answer('taken')
  await gateway.answer('gone')
  expect(countsOf(meter)).toEqual({ FramesPushed: 1 })
})
