import fc from 'fast-check'
import { expect, test } from 'vitest'
import { framesOf, isRefused, OPS, World, type Op } from './up-world.ts'

const step = fc.tuple(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom<Op[]>('write', 'send', 'again', 'arrive', 'server', 'settle', 'down'),
    },
    { weight: 1, arbitrary: fc.constantFrom<Op[]>(...OPS) },
  ),
  fc.nat(100),
)

test.each([true, false])(
  '[US20] through loss, doubling, disorder, crashes and drains a message reaches the server once and in order (archive: %s)',
  archive => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), steps => {
        const world = new World()
        world.worker.archive = archive
        for (const [op, chance] of steps) {
          world.ops[op](chance)
          const { client, worker } = world
          const acked = [...client.ended].filter(([, how]) => how === 'acked').map(([seq]) => seq)
          expect(worker.server).toEqual(expect.arrayContaining(acked))
        }
        world.heal()
        check(world, archive)
      }),
      { numRuns: 400 },
    )
  },
)

function check({ client, worker }: World, archive: boolean): void {
  const all = Array.from({ length: client.last }, (_, index) => index + 1)
  const ended = (how: string) => all.filter(seq => client.ended.get(seq) === how)
  expect(client.acked).toBe(client.last)
  expect(ended('refused')).toEqual(all.filter(isRefused))
  expect(worker.server).toEqual([...new Set(worker.server)].toSorted((a, b) => a - b))
  expect(worker.server).toEqual(expect.arrayContaining(ended('acked')))
  expect(worker.contents).toEqual(
    worker.server.map(seq =>
      framesOf(seq)
        .map(({ content }) => content)
        .join(''),
    ),
  )
  if (archive) expect(worker.server).toEqual(all.filter(seq => !isRefused(seq)))
}
