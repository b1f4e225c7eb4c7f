import { sleep, systemClock as clock } from '../../shared/clock.ts'
import { machineMs } from './history/clock.ts'
import { Nemesis } from './nemesis.ts'
import type { RunOptions } from './options.ts'
import type { CrowdProcess } from './people/crowds.ts'
import { describe, type PlannedFault } from './plan/fault.ts'
import type { Profile } from './plan/profiles.ts'
import { Progress } from './progress.ts'
import type { Run } from './report/report.ts'
import { writeFromOutside } from './world/outsider.ts'
import { mostGrown } from './world/heap.ts'
import type { World } from './world/world.ts'

/** Nothing may change for so long before it counts as rest: longer than a lease and the longest pause of a client's own. */
const REST_MS = 5000
/** As long again must nothing move when something acknowledged is still missing: it counts as lost then. */
const MISSING_MS = 30_000
const LOOK_EVERY_MS = 1000

export interface Talk {
  readonly world: World
  readonly options: RunOptions
  readonly profile: Profile
  readonly crowds: readonly CrowdProcess[]
  readonly plan: readonly PlannedFault[]
}

/** The talk with all its faults, until all is at rest again. */
export async function talk({ world, crowds, options, profile, plan }: Talk, say: (text: string) => void) {
  const talkMs = options.minutes * 60_000
  const speakers = crowds.filter((_, at) => profile.alone === undefined || at > 0)
  const people = speakers.reduce((sum, { names }) => sum + names.length, 0)
  const over = new AbortController()
  const nemesis = new Nemesis(world, crowds, clock)
  const progress = new Progress(crowds, talkMs, say, clock)
  const beganAt = machineMs()
  const writesBefore = await writesOf(world)
  say(`They talk for ${options.minutes} minutes, ${plan.length} faults are planned.`)
  const outside = fromOutside(world, crowds, profile, over.signal)
  const pace = (crowd: CrowdProcess) => ({
    perSecond: speakers.includes(crowd) ? (options.rate * crowd.names.length) / people : 0,
    presences: profile.patienceMs === undefined,
  })
  await Promise.all(crowds.map(crowd => crowd.ask('talk', pace(crowd))))
  const struck = nemesis.run(plan, fault => progress.struck(describe(fault)))
  const watching = progress.watch(over.signal)
  await sleep(clock, talkMs)
  const hushed = Promise.all(speakers.map(crowd => crowd.ask('hush', {})))
  await struck
  await nemesis.heal()
  await hushed
  over.abort()
  await Promise.all([watching, outside])
  const writes = await writesOf(world)
  const storeWrites = {
    leases: writes.leases - writesBefore.leases,
    others: writes.others - writesBefore.others,
  }
  const endedAt = machineMs()
  say('Quiet: everybody catches up …')
  const rested = await rest(crowds, options.quiet * 1000)
  const { strikes } = nemesis
  return { plan, strikes, beganAt, endedAt, storeWrites, heap: await heapOf(world, nemesis), rested }
}

/** What was held for those who slept is what is let go once they are awake and have it; the rest grew with the talk. */
async function heapOf({ heaps }: World, { frozen }: Nemesis): Promise<Run['heap']> {
  if (frozen === undefined) return undefined
  const { before, after } = frozen
  return { grownBytes: mostGrown(before, after), heldBytes: mostGrown(await heaps(), after) }
}

/** Leases cost the same whether anybody talks or not. */
async function writesOf({ store }: World): Promise<Run['storeWrites']> {
  const tables = Object.entries(await store.countWrites())
  const sum = (leases: boolean) =>
    tables.reduce((all, [table, times]) => all + (table.endsWith('workers') === leases ? times : 0), 0)
  return { leases: sum(true), others: sum(false) }
}

async function fromOutside(
  world: World,
  crowds: readonly CrowdProcess[],
  { fromOutside: perMinute }: Profile,
  signal: AbortSignal,
): Promise<void> {
  if (perMinute === undefined) return
  const names = crowds.flatMap(crowd => crowd.names)
  await writeFromOutside(world.xmpp.server, names, perMinute, { clock, signal })
}

/** Resolves with true when everybody is online, has nothing to send, and for a while nothing more is shown to anybody. */
async function rest(crowds: readonly CrowdProcess[], withinMs: number): Promise<boolean> {
  const people = crowds.reduce((sum, { names }) => sum + names.length, 0)
  const deadline = clock.monotonic() + withinMs
  let before = ''
  let since = clock.monotonic()
  while (clock.monotonic() < deadline) {
    const looks = await Promise.all(crowds.map(crowd => crowd.ask('look', {})))
    const sum = (of: (look: (typeof looks)[number]) => number) =>
      looks.reduce((all, look) => all + of(look), 0)
    const shown = sum(look => look.shown)
    const done = sum(look => look.online) === people && sum(look => look.queued) === 0
    const missing = shown < sum(look => look.acknowledged)
    const now = JSON.stringify([done, missing, shown])
    if (now !== before) since = clock.monotonic()
    before = now
    if (done && clock.monotonic() - since >= (missing ? MISSING_MS : REST_MS)) return true
    await sleep(clock, LOOK_EVERY_MS)
  }
  return false
}
