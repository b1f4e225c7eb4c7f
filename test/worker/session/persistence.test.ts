import { beforeEach, expect, test } from 'vitest'
import type { Saved } from '../../../worker/rows.ts'
import { Persistence, PERSISTENCE } from '../../../worker/session/persistence.ts'
import { FakeClock } from '../../support/fake-clock.ts'

let clock: FakeClock
/** What happened, in order. */
let log: string[]
let answer: Saved | Promise<Saved>
let persistence: Persistence
beforeEach(() => {
  clock = new FakeClock()
  log = []
  answer = 'saved'
  persistence = new Persistence(
    {
      clock,
      policy: PERSISTENCE.sequenced,
      store: async h => {
        log.push(`store ${h}`)
        return answer
      },
      tell: h => log.push(`tell ${h}`),
    },
    0,
  )
})

async function advance(ms: number): Promise<void> {
  clock.advance(ms)
  await new Promise(setImmediate)
}

test('[PE1] h is stored 120 s after it first moved, and told when it is stored', async () => {
  persistence.moved(1)
  await advance(100_000)
  persistence.moved(2)
  await advance(19_999)
  expect(log).toEqual([])
  await advance(1)
  expect(log).toEqual(['store 2', 'tell 2'])
  expect(persistence.stored).toBe(2)
  expect(clock.pending).toBe(0)
})

test('[PE2] 64 stanzas are stored at once; what comes during the write goes with the next', async () => {
  const writing = Promise.withResolvers<Saved>()
  answer = writing.promise
  persistence.moved(64)
  persistence.moved(130)
  expect(log).toEqual(['store 64'])
  answer = 'saved'
  writing.resolve('saved')
  await advance(0)
  expect(log).toEqual(['store 64', 'tell 64', 'store 130', 'tell 130'])
})

test('[PE3] what could not be stored is not told, and tried again', async () => {
  answer = 'failed'
  persistence.moved(64)
  await advance(0)
  answer = 'saved'
  await advance(5000)
  expect(log).toEqual(['store 64', 'store 64', 'tell 64'])
})

test('[PE4] in a lost session nothing more is stored or told', async () => {
  answer = 'lost'
  persistence.moved(64)
  await advance(600_000)
  expect(log).toEqual(['store 64'])
})

test('[PE5] a flush stores at once, and resolves when that is done', async () => {
  persistence.moved(3)
  await persistence.flush()
  expect(log).toEqual(['store 3', 'tell 3'])
  await persistence.flush()
  expect(log.length).toBe(2)
})

test('[PE6] a write that ends after the stream was replaced is not told; the next stream is stored when it is released', async () => {
  const writing = Promise.withResolvers<Saved>()
  answer = writing.promise
  persistence.moved(64)
  persistence.restart()
  writing.resolve('saved')
  await advance(0)
  expect(log).toEqual(['store 64'])
  answer = 'saved'
  persistence.moved(1)
  await advance(120_000)
  await persistence.flush()
  expect(log.slice(1)).toEqual([])
  persistence.release()
  await advance(0)
  expect(log.slice(1)).toEqual(['store 1', 'tell 1'])
  persistence.release()
  await advance(120_000)
  expect(log.slice(1)).toEqual(['store 1', 'tell 1'])
})

test('[PE7] at the end all that is handled is told, without a write', () => {
  persistence.moved(5)
  persistence.finish()
  expect(log).toEqual(['tell 5'])
  expect(clock.pending).toBe(0)
})
