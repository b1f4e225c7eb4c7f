import { systemClock as clock } from '../shared/clock.ts'
import type { Generator } from './generator.ts'
import { cpuMs, untilQuiet } from './proc.ts'
import type { Figure } from './report.ts'
import type { CalledWorker, Ground } from './rig.ts'
import { median } from './stats.ts'

export interface LoginOptions {
  /** Accounts from here on are not signed in. */
  readonly from: number
  readonly rounds: number
  /** Logins a round and side. */
  readonly batch: number
  /** Logins of the bare stream before the first round: the worker's code is compiled by then, and so must its own be. */
  readonly warmUp: number
}

/** As many as a worker lets run at once by default. */
const CONCURRENCY = 16

/** One batch of one side. */
interface Batch {
  readonly perSecond: number
  /** CPU per login of the process that logs in, and of the XMPP server. */
  readonly ownMs: number
  readonly serverMs: number
}

interface Side {
  /** The process that logs in. */
  readonly pid: number
  readonly open: (count: number) => Promise<{ elapsedMs: number }>
  readonly close: (count: number) => Promise<unknown>
}

/**
 * Logins per second at the hand-off API of one worker that has long been running, beside the bare stream in a process of
 * its own: same accounts, concurrency and server, in turns, so that a machine that slows down slows both.
 */
export async function measureLogins(
  ground: Ground,
  called: CalledWorker,
  streams: Generator,
  options: LoginOptions,
  say: (text: string) => void,
): Promise<Figure[]> {
  const { from, rounds, batch, warmUp } = options
  const [ours, theirs] = [handoff(called, from), bare(streams, ground, from)]
  await runBatch(theirs, warmUp, ground)
  await runBatch(ours, batch, ground)
  const results: [Batch, Batch][] = []
  for (let round = 1; round <= rounds; round += 1) {
    const pair: [Batch, Batch] = [await runBatch(ours, batch, ground), await runBatch(theirs, batch, ground)]
    const [handoffRate, bareRate] = pair.map(({ perSecond }) => Math.round(perSecond))
    say(`  round ${round} of ${rounds}: hand-off ${handoffRate}/s, bare stream ${bareRate}/s`)
    results.push(pair)
  }
  return figures(results)
}

function handoff({ callers, process, row }: CalledWorker, from: number): Side {
  return {
    pid: process.pid,
    open: count =>
      callers.ask('openSessions', { worker: row, users: { from, count }, concurrency: CONCURRENCY }),
    close: count => callers.ask('closeSessions', { count }),
  }
}

function bare(streams: Generator, { prosody }: Ground, from: number): Side {
  return {
    pid: streams.pid,
    open: count =>
      streams.ask('openStreams', { server: prosody, users: { from, count }, concurrency: CONCURRENCY }),
    close: () => streams.ask('closeStreams', {}),
  }
}

async function runBatch(side: Side, count: number, { prosody }: Ground): Promise<Batch> {
  const before = [await cpuMs(side.pid), await cpuMs(prosody.pid)] as const
  const { elapsedMs } = await side.open(count)
  const after = [await cpuMs(side.pid), await cpuMs(prosody.pid)] as const
  await side.close(count)
  await untilQuiet([side.pid, prosody.pid], clock)
  return {
    perSecond: (count * 1000) / elapsedMs,
    ownMs: (after[0] - before[0]) / count,
    serverMs: (after[1] - before[1]) / count,
  }
}

function figures(results: readonly (readonly [Batch, Batch])[]): Figure[] {
  const compare = (name: string, unit: string, of: (batch: Batch) => number) => {
    // Of each round by itself: its two batches saw the same machine.
    const ratios = results.map(([ours, theirs]) => of(ours) / of(theirs))
    const value = median(results.map(([ours]) => of(ours)))
    const beside = { name: 'bare stream', value: median(results.map(([, theirs]) => of(theirs))) }
    return { name, unit, value, beside, ratio: median(ratios), ratios }
  }
  return [
    {
      ...compare('logins at the hand-off API of one worker', '/s', batch => batch.perSecond),
      target: { of: 'ratio', is: 'at least', limit: 0.6 },
    },
    compare('  CPU per login, own process', 'ms', batch => batch.ownMs),
    compare('  CPU per login, XMPP server', 'ms', batch => batch.serverMs),
  ]
}
