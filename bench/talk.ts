import { systemClock as clock } from '../shared/clock.ts'
import type { Generator } from './generator.ts'
import { untilQuiet } from './proc.ts'
import type { Via } from './protocol.ts'
import type { Figure } from './report.ts'
import type { Ground } from './rig.ts'
import { median, percentile } from './stats.ts'

export interface TalkOptions {
  readonly url: string
  /** Accounts from here on are nobody else's. */
  readonly from: number
  readonly rounds: number
  /** Messages a round and way, when the time on the way is measured. */
  readonly messages: number
  /** How long a round floods each way. */
  readonly floodMs: number
}

/** A lively group, and still no message meets another. */
const PER_SECOND = 40
const PAIRS = 4
/** Messages of one pair on their way at once. */
const WINDOW = 2
/** Has the hot code of all processes compiled; its figures are thrown away. */
const WARM_UP = { messages: 25, floodMs: 2000 }

const WAYS: readonly Via[] = ['bridge', 'direct']

/** What one round measured by each way. */
interface Round {
  readonly latenciesMs: Readonly<Record<Via, readonly number[]>>
  readonly perSecond: Readonly<Record<Via, number>>
}

/**
 * Time on the way and throughput from one person to another, through the bridge and over XMPP on a WebSocket to the same
 * server, in turns.
 */
export async function measureTalk(
  people: Generator,
  ground: Ground,
  options: TalkOptions,
  say: (text: string) => void,
): Promise<Figure[]> {
  const { url, from, rounds, ...sizes } = options
  await people.ask('meet', { url, server: ground.prosody, from, pairs: PAIRS })
  await runRound(people, WARM_UP)
  const results: Round[] = []
  for (let round = 1; round <= rounds; round += 1) {
    await untilQuiet([ground.prosody.pid, people.pid], clock)
    const result = await runRound(people, sizes)
    const ways = WAYS.map(
      via =>
        `${via} ${median(result.latenciesMs[via]).toFixed(1)} ms, ${Math.round(result.perSecond[via])}/s`,
    )
    say(`  round ${round} of ${rounds}: ${ways.join('; ')}`)
    results.push(result)
  }
  return figures(results)
}

async function runRound(people: Generator, { messages, floodMs }: typeof WARM_UP): Promise<Round> {
  const flood = async (via: Via) => {
    const { messages: arrived, elapsedMs } = await people.ask('flood', {
      via,
      window: WINDOW,
      forMs: floodMs,
    })
    return (arrived * 1000) / elapsedMs
  }
  const pace = async (via: Via) => {
    const { latenciesMs } = await people.ask('pace', { via, perSecond: PER_SECOND, messages })
    return latenciesMs
  }
  return {
    latenciesMs: { bridge: await pace('bridge'), direct: await pace('direct') },
    perSecond: { bridge: await flood('bridge'), direct: await flood('direct') },
  }
}

function figures(rounds: readonly Round[]): Figure[] {
  const times = (name: string, of: (values: readonly number[]) => number): Figure => {
    const all = (via: Via) => of(rounds.flatMap(round => round.latenciesMs[via]))
    const ratios = rounds.map(({ latenciesMs }) => of(latenciesMs.bridge) / of(latenciesMs.direct))
    return { name, unit: 'ms', ...besideDirect(all('bridge'), all('direct')), ratios }
  }
  const rate = (via: Via) => median(rounds.map(({ perSecond }) => perSecond[via]))
  return [
    {
      ...times('message to another person, median', median),
      target: { of: 'ratio', is: 'at most', limit: 5 },
    },
    times('  95th percentile', values => percentile(values, 0.95)),
    times('  99th percentile', values => percentile(values, 0.99)),
    {
      name: `messages, ${PAIRS} pairs as fast as they can`,
      unit: '/s',
      ...besideDirect(rate('bridge'), rate('direct')),
      ratios: rounds.map(({ perSecond }) => perSecond.bridge / perSecond.direct),
    },
  ]
}

function besideDirect(value: number, direct: number) {
  return { value, beside: { name: 'direct', value: direct }, ratio: value / direct }
}
