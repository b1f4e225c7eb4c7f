import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { systemClock as clock, within } from '../../shared/clock.ts'
import { check } from './check/check.ts'
import { findLost } from './check/lost.ts'
import { messagesOf } from './check/messages.ts'
import { userName } from './history/key.ts'
import { readHistories, readSessionWrites } from './history/read.ts'
import type { RunOptions } from './options.ts'
import { CrowdProcess } from './people/crowds.ts'
import { seat } from './people/seating.ts'
import { makePlan } from './plan/plan.ts'
import { profiles, type Profile } from './plan/profiles.ts'
import type { Run } from './report/report.ts'
import { talk } from './talk.ts'
import { lostByServer } from './world/archives.ts'
import { startWorld, type World } from './world/world.ts'

const WORKERS = 3
/** Processes of clients: enough that one can freeze beside others that do not. */
const PROCESSES = 3
const PASSWORD = 'a-chaos-password'
/** For what was printed last to be on the disk. */
const LOGS_WITHIN_MS = 5000

/**
 * One whole run: starts a bridge in `options.out`, lets people talk while the plan's faults happen, waits for rest, and
 * judges the histories. What it starts ends with `lifetime`.
 */
export async function run(
  lifetime: AsyncDisposableStack,
  options: RunOptions,
  say: (text: string) => void,
): Promise<Run> {
  const profile = profiles[options.profile]
  const sizes = { ...options, workers: WORKERS, processes: PROCESSES }
  const plan = makePlan(profile, options.seed, sizes)
  const folder = resolve(options.out)
  await rm(folder, { recursive: true, force: true })
  for (const name of ['history', 'logs', 'data']) await mkdir(join(folder, name), { recursive: true })
  const sessionsFile = join(folder, 'sessions.jsonl')
  const startedAt = new Date(clock.now()).toISOString()
  const workersLost: string[] = []
  say(`Starting ${options.server}, DynamoDB, functions, gateway and ${WORKERS} workers …`)
  const world = await startWorld(lifetime, {
    server: options.server,
    folder: join(folder, 'data'),
    sessionsFile,
    users: Array.from({ length: options.users }, (_, index) => userName(index)),
    password: PASSWORD,
    workers: WORKERS,
    seed: options.seed,
    probed: profile.alone !== undefined,
    functions: profile.functions,
    patienceMs: profile.patienceMs,
    log: logsIn(join(folder, 'logs'), lifetime),
    onWorkerLost: (place, code) => workersLost.push(`worker ${place} ended by itself (${code ?? 'killed'})`),
  })
  const crowds = await gather(lifetime, { world, options, profile, folder }, say)
  const talked = await talk({ world, crowds, options, profile, plan }, say)
  await Promise.all(crowds.map(crowd => crowd.ask('finish', {})))
  const history = await readHistories(join(folder, 'history'))
  const suspects = findLost(history, messagesOf(history), new Set()).violations.flatMap(
    ({ key }) => key ?? [],
  )
  const byServer = await lostByServer(world.xmpp.server, PASSWORD, suspects)
  const verdict = check(history, talked.strikes, byServer, await readSessionWrites(sessionsFile))
  return { options, about: profile.about, startedAt, ...talked, workersLost, verdict }
}

/** Starts the processes of clients and brings all of them online. */
async function gather(
  lifetime: AsyncDisposableStack,
  {
    world,
    options,
    profile,
    folder,
  }: { world: World; options: RunOptions; profile: Profile; folder: string },
  say: (text: string) => void,
): Promise<readonly CrowdProcess[]> {
  say(`${options.users} users sign in …`)
  const seats = seat(options.users, PROCESSES, profile.alone).filter(people => people.length > 0)
  const crowds = seats.map(people => new CrowdProcess(people.map(({ name }) => name)))
  for (const crowd of crowds) lifetime.defer(() => crowd.stop())
  await Promise.all(
    crowds.map((crowd, at) =>
      crowd.ask('begin', {
        url: world.url,
        password: PASSWORD,
        historyFile: join(folder, 'history', `${at}.jsonl`),
        seed: options.seed * PROCESSES + at,
        people: (seats[at] ?? []).map(person => ({ ...person, peers: [...person.peers] })),
      }),
    ),
  )
  return crowds
}

/** Writes each line of a part into a file of its own. */
function logsIn(folder: string, lifetime: AsyncDisposableStack) {
  const files = new Map<string, WriteStream>()
  lifetime.defer(async () => {
    const ends = [...files.values()].map(file => new Promise<void>(ended => file.end(() => ended())))
    await within(clock, LOGS_WITHIN_MS, Promise.all(ends))
  })
  return (part: string, line: string) => {
    const file = files.get(part) ?? createWriteStream(join(folder, `${part}.log`))
    files.set(part, file)
    file.write(`${line}\n`)
  }
}
