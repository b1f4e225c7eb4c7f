import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SessionRow } from '../../../shared/stores/sessions.ts'
import type { Parts } from '../../../worker/session/farewell.ts'
import { makeParts } from '../../../worker/session/make.ts'
import { sessionRowOf, workerIdOf } from '../../shared/stores/rows.ts'
import { eventually } from './eventually.ts'
import { HandLine } from './hand-line.ts'
import { World } from './world.ts'

const none = () => undefined
/** A row that could not be read is read again after this; meanwhile a post is tried each 250 ms. */
const LOOK_AGAIN_MS = 1000

let world: World
beforeEach(async () => {
  world = await World.start()
})
afterEach(() => world.stop())

/** The parts of a session at `c1=` that was another worker's. */
function adopted(mode: SessionRow['mode'], maxQueueBytes = 1_000_000): Parts {
  const row = sessionRowOf('x', { mode })
  const take = () => ({ kind: 'taken' }) as const
  const delivery = { take, charge: none, moved: none, taken: none, gone: none, ended: none }
  const port = { line: new HandLine(), delivery, archive: () => true, hear: none, closed: none }
  const told = { attached: none, detached: none, absent: none, expired: none, lost: none }
  return makeParts(
    { ...world.deps(workerIdOf('b'), { open: true, openSinceMs: 0 }), maxQueueBytes },
    {
      row,
      own: { local: row.username, domain: 'example.org' },
      credential: async () => undefined,
      resource: '1',
      from: { kind: 'adoption', handover: undefined },
      onEnded: none,
    },
    { ...port, ...told },
  )
}

test('[MP1] what is pushed before it is known whose the socket is waits, and goes out when it is ours', async () => {
  const { sessionId } = sessionRowOf('x')
  await world.connections.put({ connectionId: 'c1=', sessionId, expiresAt: 0 })
  world.connections.broken = true
  const { delivery } = adopted('simple')
  delivery.push({ messageType: 'PONG' })
  await eventually(() => world.clock.pending > 1)
  expect(world.types('c1=')).toEqual([])
  world.connections.broken = false
  world.clock.advance(LOOK_AGAIN_MS)
  expect(await world.until('c1=', 'PONG')).toEqual({ messageType: 'PONG' })
})

test('[MP2] more than there is room for closes no socket of which it is not known whose it is', async () => {
  const { delivery } = adopted('sequenced', 10)
  delivery.push({ messageType: 'PONG', id: 'longer than ten bytes' })
  await new Promise(setImmediate)
  expect(world.hungUp).toEqual([])
})
