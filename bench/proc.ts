import { readFile } from 'node:fs/promises'
import { sleep, type Clock } from '../shared/clock.ts'

/** The kernel's USER_HZ is 100 wherever Node runs (proc(5), "times in clock ticks"). */
const MS_PER_TICK = 10

const LOOK_EVERY_MS = 200
/** Below a tenth of a core nothing of what was asked for is going on any more. */
const QUIET_MS = LOOK_EVERY_MS / 10
/** Looks in a row that must find it quiet. */
const QUIET_LOOKS = 3
/** A machine that is never quiet is measured as it is. */
const MAX_LOOKS = 60
/** Allocators give memory back in steps; less than this share is noise. */
const STILL_SHARE = 0.005

/** The memory of a process that is in RAM now, in KB (`VmRSS`, proc(5)). */
export async function rssKb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
}

/** The CPU time of all threads of a process, its own and the kernel's for it, in milliseconds. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is the name of the program, in brackets, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])]
  return (userTicks + systemTicks) * MS_PER_TICK
}

/** Resolves when none of the processes does anything worth speaking of, or after 12 s. */
export function untilQuiet(pids: readonly number[], clock: Clock): Promise<void> {
  return untilStill(async () => sum(await Promise.all(pids.map(cpuMs))), QUIET_MS, clock)
}

/** Resolves, with its RSS in KB, when a process is quiet and its RSS stands still; after 24 s in any case. */
export async function settledRssKb(pid: number, clock: Clock): Promise<number> {
  await untilQuiet([pid], clock)
  await untilStill(() => rssKb(pid), (await rssKb(pid)) * STILL_SHARE, clock)
  return rssKb(pid)
}

async function untilStill(read: () => Promise<number>, tolerance: number, clock: Clock): Promise<void> {
  let still = 0
  let before = await read()
  for (let looks = 0; looks < MAX_LOOKS && still < QUIET_LOOKS; looks += 1) {
    await sleep(clock, LOOK_EVERY_MS)
    const now = await read()
    still = Math.abs(now - before) <= tolerance ? still + 1 : 0
    before = now
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
