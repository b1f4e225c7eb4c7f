import { alternativesTo, breakEven } from './alternatives.ts'
import { billOf } from './bill.ts'
import { framesOf } from './frames.ts'
import { gbSecondsOf, billedMsOf } from './invokes.ts'
import { COST_RUN, WORK } from './measured.ts'
import { readOptions } from './options.ts'
import { costOf, prices, type Price } from './prices.ts'
import { asText, exactly, reportOf } from './report.ts'
import { DEFAULT_SHAPE, trafficOf, type Load, type Shape } from './traffic.ts'

/** The tables of docs/cost.md, by the names of their markers. */
export const costTables: Readonly<Record<string, () => string>> = {
  'cost-example': () => `\`\`\`\n$ npm run cost -- ${EXAMPLE}\n\n${outputOf(EXAMPLE)}\n\`\`\``,
  'cost-carried': carriedTable,
  'cost-floor': floorTable,
  'cost-levers': leversTable,
  'cost-memory': memoryTable,
  'cost-sizes': sizesTable,
  'cost-prices': pricesTable,
}

const EXAMPLE = '--users 10000 --sent 2 --received 10'

const BUSY: Load = { users: 10_000, sent: 2, received: 10, hours: 24, bytes: 400, perPush: 1 }
const OFFICE: Load = { ...BUSY, sent: 0.2, received: 0.5, hours: 8 }
const IDLE: Load = { ...BUSY, sent: 0, received: 0 }

function outputOf(commandLine: string): string {
  const asked = readOptions(commandLine.split(' '))
  return asked.kind === 'bill' ? asText(reportOf(asked.load, asked.shape, asked.compare)) : ''
}

function monthUsd(load: Load, shape: Shape = DEFAULT_SHAPE): number {
  return billOf(trafficOf(load, shape), shape).totalUsd
}

function carriedTable(): string {
  const { users, minutes, sent, received, up, down, writes } = COST_RUN
  const kinds: readonly [string, Load][] = [
    ['sends 2 and gets 10 a minute', BUSY],
    ['sends 0.2 and gets 0.5 a minute', OFFICE],
    ['is only there', IDLE],
  ]
  const rows = kinds.map(([who, load]) => {
    const frames = framesOf(load)
    const ways = load.sent + load.received
    const each = ways === 0 ? '' : decimals((frames.up + frames.down) / ways)
    return [who, decimals(frames.up), decimals(frames.down), each, decimals(frames.rowWrites)]
  })
  const head = [
    'somebody who',
    'up a minute',
    'down a minute',
    'for each message and way',
    'row writes a minute',
  ]
  const counted = `${decimals((up + down) / (sent + received))} for each message and way`
  const written = `${decimals(writes / users / minutes)} row writes a minute`
  return `${table(head, rows)}\n\nCounted by the chaos harness for the first of them: ${counted}, ${written}.`
}

function floorTable(): string {
  const nobody: Load = { ...BUSY, users: 0 }
  const small: Shape = { ...DEFAULT_SHAPE, workerVcpu: 0.25, workerGb: 0.5 }
  const rows: [string, string][] = [
    ['two workers of 1 vCPU and 2 GB, as they come', dollars(monthUsd(nobody))],
    ['`WORKER_CPU=256 WORKER_MEMORY_MIB=512`', dollars(monthUsd(nobody, small))],
    ['and `MIN_WORKERS=1`', dollars(monthUsd(nobody, { ...small, minWorkers: 1 }))],
  ]
  return table(['nobody online', 'a month'], rows)
}

function leversTable(): string {
  const base = monthUsd(BUSY)
  const withMemory = (mb: number): Shape => ({
    ...DEFAULT_SHAPE,
    memoryMb: { ...DEFAULT_SHAPE.memoryMb, default: mb },
  })
  const levers: readonly [string, number][] = [
    ['as it is', base],
    ['three messages in each push', monthUsd({ ...BUSY, perPush: 3 })],
    ['online 8 hours a day', monthUsd({ ...BUSY, hours: 8 })],
    ['half the messages', monthUsd({ ...BUSY, sent: 1, received: 5 })],
    ['512 MB for the function that takes frames', monthUsd(BUSY, withMemory(512))],
  ]
  const rows = levers.map(([what, usd]) => [
    what,
    dollars(usd),
    usd === base ? '' : `−${Math.round((1 - usd / base) * 100)} %`,
  ])
  return table(['10,000 people, 2 out and 10 in a minute', 'a month', ''], rows)
}

function memoryTable(): string {
  const rows = [256, 512, 1024, 1769].map(mb => [
    `${exactly(mb)} MB`,
    `${Math.round(billedMsOf(WORK.frame, mb))} ms`,
    `$${(1e6 * (gbSecondsOf(WORK.frame, mb) * costOf('lambdaGbSecond', 1) + costOf('lambdaRequest', 1))).toFixed(2)}`,
    `${Math.round(billedMsOf({ waitMs: 0, cpuMs: 83 }, mb))} ms`,
  ])
  return table(['memory of `$default`', 'a frame', 'a million frames', 'bcrypt in a JOIN'], rows)
}

function sizesTable(): string {
  const kinds: readonly [string, Load][] = [
    ['2 out, 10 in a minute, around the clock', BUSY],
    ['0.2 out, 0.5 in a minute, 8 hours a day', OFFICE],
    ['nothing said, around the clock', IDLE],
  ]
  const names = alternativesTo(BUSY, DEFAULT_SHAPE).map(({ name }) => name)
  const rows = kinds.flatMap(([what, load]) => [
    [`**${what}**`, ...names.map(() => '')],
    ...[100, 1000, 10_000, 100_000].map(users => [
      exactly(users),
      ...alternativesTo({ ...load, users }, DEFAULT_SHAPE).map(({ usd }) => dollars(usd)),
    ]),
    [`as cheap as containers up to ${exactly(breakEven(load, DEFAULT_SHAPE))}`, ...names.map(() => '')],
  ])
  return table(['people', ...names], rows)
}

function pricesTable(): string {
  const rows = Object.entries<Price>(prices).map(([name, { per, tiers, source }]) => {
    const each = tiers.map(({ usd, upTo }, index) => {
      const which = index === 0 ? 'first' : 'next'
      return upTo === undefined ? `$${usd}` : `$${usd} for the ${which} ${exactly(upTo)}, then`
    })
    return [`\`${name}\``, each.join(' '), exactly(per), source]
  })
  return table(['price', 'USD', 'for', 'source'], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

function dollars(usd: number): string {
  return `$${exactly(Math.round(usd))}`
}

function decimals(value: number): string {
  return value.toFixed(2)
}
