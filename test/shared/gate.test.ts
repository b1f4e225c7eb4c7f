import { expect, test } from 'vitest'
import { Gate } from '../../shared/gate.ts'

const settled = () => new Promise<void>(resolve => setImmediate(resolve))

test('[GA1] at most so many run at once, the others follow in their order, whatever becomes of those before', async () => {
  const gate = new Gate(2)
  const started: number[] = []
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
  const runs = ends.map((end, number) =>
    gate.run(async () => {
      started.push(number)
      await end.promise
    }),
  )
  const outcomes = Promise.allSettled(runs)
  await settled()
  expect(started).toEqual([0, 1])
  expect(gate.waiting).toBe(2)
  ends[1]?.reject(new Error('refused'))
  await settled()
  expect(started).toEqual([0, 1, 2])
  for (const number of [0, 2, 3]) ends[number]?.resolve()
  expect((await outcomes).map(outcome => outcome.status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ])
  expect(gate.waiting).toBe(0)
})
