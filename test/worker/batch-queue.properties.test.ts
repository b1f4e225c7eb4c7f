import fc from 'fast-check'
import { expect, test } from 'vitest'
import { settled } from '../support/hand-gateway.ts'
import { World } from './down-world.ts'

const OPS = {
  nothing: world => world.hear('nothing'),
  archived: world => world.hear('archived'),
  plain: world => world.hear('plain'),
  tick: world => world.hear('tick'),
  'next is lost': world => void (world.fate = 'is lost'),
  'next arrives twice': world => void (world.fate = 'arrives, is repeated'),
  'next is late': world => void (world.fate = 'is late, is repeated'),
  'next is refused': world => void (world.fate = 'is refused'),
  'late ones arrive': world => world.late.splice(0).forEach(data => world.deliver(data)),
  'client acknowledges': world => world.acknowledge(),
  'client syncs': world => world.sync(),
  'a second passes': world => world.clock.advance(1000),
  'half a minute passes': world => world.clock.advance(30_000),
  store: world => world.store(),
  cut: world => world.cut(),
  join: world => world.join(),
  crash: world => world.crash(),
  'new stream': world => world.newStream(),
} as const satisfies Record<string, (world: World) => void>
type Op = keyof typeof OPS

const OFTEN: Op[] = [
  'archived',
  'archived',
  'plain',
  'tick',
  'client acknowledges',
  'client syncs',
  'a second passes',
  'store',
]
const ops = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...OFTEN) },
    { weight: 1, arbitrary: fc.constantFrom(...(Object.keys(OPS) as Op[])) },
  ),
  { maxLength: 100, size: 'max' },
)

test.each([true, false])(
  '[BQ20] through loss, doubling, disorder, cuts, crashes and new streams each message is shown once and in order (archive: %s)',
  async hasArchive => {
    await fc.assert(
      fc.asyncProperty(ops, async steps => {
        const world = new World(hasArchive)
        for (const step of steps) {
          OPS[step](world)
          world.handled()
          await settled()
        }
        await world.heal()
        check(world)
      }),
      { numRuns: 150 },
    )
  },
)

function check({ client, messages, ticks, archive, log, mayMiss, stream }: World): void {
  const isIn = (ids: readonly string[]) => (id: string) => ids.includes(id)
  const all = messages.map(({ id }) => id)
  const archived = archive.map(({ id = '' }) => id)
  expect(client.shown).toEqual([...new Set(client.shown)])
  expect(client.shown.filter(isIn(archived))).toEqual(archived)
  if (stream > 1) expect(client.gapIn).toBe(stream)
  if (client.gaps === 0 && !mayMiss) {
    expect(all.filter(id => !client.shown.includes(id))).toEqual([])
    expect(ticks.filter(id => !client.ticks.has(id))).toEqual([])
  }
  if (client.fills === 0) expect(client.shown).toEqual(all)
  expect(log.unread).toBe(false)
}
