import { expect, test, vi } from 'vitest'
import { noMeter } from '../../shared/metrics.ts'
import type { PushRequest } from '../../shared/handoff/schemas.ts'
import type { PostOutcome } from '../../worker/posting.ts'
import { pushToStrays } from '../../worker/strays.ts'
import { FakeClock } from '../support/fake-clock.ts'

const settled = () => new Promise<void>(resolve => setImmediate(resolve))

function setUp(outcome: PostOutcome) {
  const clock = new FakeClock()
  const post = vi.fn(async (_connectionId: string, _data: string) => outcome)
  return { clock, post, push: pushToStrays({ post, clock, random: () => 1, meter: noMeter }) }
}

function refusal(connectionId: string, id: string): PushRequest {
  const frame = { messageType: 'ERROR', id, code: 'not-joined', message: 'JOIN first.' } as const
  return { connectionId, frame, handshake: false }
}

test('[SY1] the refusals of one socket go out one after the other, and nothing is kept afterwards', async () => {
  const { clock, post, push } = setUp('taken')
  for (const id of ['a', 'b']) push(refusal('c=', id))
  await settled()
  expect(post.mock.calls.map(([, data]) => (JSON.parse(data) as { id: string }).id)).toEqual(['a', 'b'])
  expect(clock.pending).toBe(0)
})

test('[SY2] a socket that does not read costs one post at a time, whatever it sends', async () => {
  const { clock, post, push } = setUp('slow')
  for (let number = 0; number < 5000; number += 1) push(refusal('deaf=', `n${number}`))
  await settled()
  expect(post).toHaveBeenCalledTimes(1)
  // The pause of the one post, and the time after which it is given up.
  expect(clock.pending).toBe(2)
  push(refusal('other=', 'n'))
  expect(post).toHaveBeenCalledTimes(2)
})

test('[SY3] after a minute the refusals are given up', async () => {
  const { clock, post, push } = setUp('slow')
  push(refusal('deaf=', 'a'))
  await settled()
  for (let second = 0; second < 60; second += 1) {
    clock.advance(1000)
    await settled()
  }
  const posts = post.mock.calls.length
  expect(clock.pending).toBe(0)
  clock.advance(60_000)
  await settled()
  expect(post).toHaveBeenCalledTimes(posts)
})
