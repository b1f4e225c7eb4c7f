import { fileURLToPath } from 'node:url'
import { systemClock as clock } from '../shared/clock.ts'
import { measureJoins } from './joins.ts'
import { measureLogins } from './logins.ts'
import { assertFit, readMachine } from './machine.ts'
import { measureMemory } from './memory.ts'
import { asTable, writeReport, type Figure } from './report.ts'
import {
  startBridge,
  startCalledWorker,
  startGenerator,
  startGround,
  type Ground,
  type Lifetime,
} from './rig.ts'
import { measureTalk } from './talk.ts'

/** `npm run bench`: what the bridge costs beside what it stands on, in under 3 minutes. `-- --quick` tries it out in less. */

const RESULTS = fileURLToPath(new URL('results', import.meta.url))

const FULL = {
  joins: { count: 16 },
  talk: { rounds: 4, messages: 125, floodMs: 2000 },
  memory: { levels: [500, 2000], step: 250 },
  logins: { rounds: 4, batch: 100, warmUp: 300 },
}
const QUICK: typeof FULL = {
  joins: { count: 8 },
  talk: { rounds: 2, messages: 50, floodMs: 1000 },
  memory: { levels: [100, 300], step: 100 },
  logins: { rounds: 2, batch: 50, warmUp: 100 },
}

const quick = process.argv.includes('--quick')
const sizes = quick ? QUICK : FULL
const startedMs = clock.monotonic()
const everything = new AsyncDisposableStack()
let leaving: Promise<void> | undefined

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void leave(130))
await main().then(
  () => leave(0),
  (error: unknown) => fail(error),
)

async function main(): Promise<void> {
  const { batch, warmUp } = sizes.logins
  const sessions = Math.max(...sizes.memory.levels) + Math.max(batch, warmUp)
  assertFit(sessions)
  const machine = await readMachine(clock.now())
  say(`Starting Prosody with ${sessions} accounts …`)
  const ground = await startGround(everything, sessions)
  const talk = await measure('Through the whole bridge', lifetime => throughBridge(lifetime, ground))
  // Last: its sessions need not end before anything else begins.
  const handoff = await measure('One worker at its hand-off API', lifetime => atHandoff(lifetime, ground))
  const all = [...handoff, ...talk]
  // So few rounds and sessions, and code that is hardly compiled yet, say nothing about the targets.
  const figures = quick ? all.map(figure => ({ ...figure, target: undefined })) : all
  const report = { machine, quick, tookS: elapsedS(), figures }
  const file = await writeReport(RESULTS, report)
  console.log(`\n${asTable(report)}\n\n${file}`)
}

/** What a measure starts ends with it. */
async function measure(name: string, run: (lifetime: Lifetime) => Promise<Figure[]>): Promise<Figure[]> {
  say(`${name} …`)
  const lifetime = everything.use(new AsyncDisposableStack())
  const figures = await run(lifetime)
  await lifetime.disposeAsync()
  return figures
}

async function throughBridge(lifetime: Lifetime, ground: Ground): Promise<Figure[]> {
  const url = await startBridge(lifetime, ground)
  const people = startGenerator(lifetime)
  const joins = await measureJoins(people, { url, ...sizes.joins })
  say('  people talk')
  const talk = await measureTalk(people, ground, { url, from: sizes.joins.count, ...sizes.talk }, say)
  return [...joins, ...talk]
}

async function atHandoff(lifetime: Lifetime, ground: Ground): Promise<Figure[]> {
  const called = await startCalledWorker(lifetime, ground)
  const memory = await measureMemory(called, sizes.memory, say)
  say('  logins beside bare streams')
  const from = Math.max(...sizes.memory.levels)
  const streams = startGenerator(lifetime)
  const logins = await measureLogins(ground, called, streams, { from, ...sizes.logins }, say)
  return [...logins, ...memory]
}

function say(text: string): void {
  console.log(`${String(elapsedS()).padStart(4)} s  ${text}`)
}

function elapsedS(): number {
  return Math.round((clock.monotonic() - startedMs) / 1000)
}

async function fail(error: unknown): Promise<void> {
  // When it is being stopped, everything that runs fails.
  if (leaving === undefined) console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  await leave(1)
}

/** Stops all that was started, once. The first reason to leave counts. */
function leave(code: number): Promise<void> {
  leaving ??= everything.disposeAsync().then(() => process.exit(code))
  return leaving
}
