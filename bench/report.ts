import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from './machine.ts'

/** What a figure should reach: by itself, or as a ratio to what stands beside it. */
export interface Target {
  readonly of: 'value' | 'ratio'
  readonly is: 'at least' | 'at most'
  readonly limit: number
}

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same thing without the bridge. */
  readonly beside?: { readonly name: string; readonly value: number }
  readonly ratio?: number
  /** The ratio of each round by itself: how far apart they are tells how far to believe the figure. */
  readonly ratios?: readonly number[]
  readonly target?: Target
}

export interface Report {
  readonly machine: Machine
  readonly quick: boolean
  readonly tookS: number
  readonly figures: readonly Figure[]
}

/** Whether a figure reaches its target; undefined when it has none. */
export function isReached({ value, ratio, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined
  const measured = target.of === 'value' ? value : (ratio ?? Number.NaN)
  return target.is === 'at least' ? measured >= target.limit : measured <= target.limit
}

/** The report as text for a terminal: one figure a line. */
export function asTable({ machine, tookS, figures }: Report): string {
  const rows = [['', 'bridge', 'beside it', 'ratio', 'target'], ...figures.map(cells)]
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const { cores, processor, node, prosody, date } = machine
  const where = `${cores} cores (${processor}), Node ${node}, ${prosody}, ${date}, ${tookS} s`
  return [where, '', ...lines].join('\n')
}

/** Writes the report as JSON and returns the file's path. */
export async function writeReport(folder: string, report: Report): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${report.machine.date.replaceAll(':', '-')}.json`)
  const figures = report.figures.map(figure => ({ ...figure, reached: isReached(figure) }))
  await writeFile(file, `${JSON.stringify({ ...report, figures }, undefined, 2)}\n`)
  return file
}

function cells(figure: Figure): string[] {
  const { name, value, unit, beside, ratio, ratios } = figure
  return [
    name,
    `${rounded(value)} ${unit}`,
    beside === undefined ? '' : `${rounded(beside.value)} ${unit} (${beside.name})`,
    ratioText(ratio, ratios),
    targetText(figure),
  ]
}

function ratioText(ratio: number | undefined, ratios: readonly number[] = []): string {
  if (ratio === undefined) return ''
  const range =
    ratios.length === 0 ? '' : ` (${rounded(Math.min(...ratios))} to ${rounded(Math.max(...ratios))})`
  return `${rounded(ratio)}×${range}`
}

function targetText(figure: Figure): string {
  const { target, unit } = figure
  if (target === undefined) return ''
  const sign = target.is === 'at least' ? '≥' : '≤'
  const limit = `${sign} ${target.limit}${target.of === 'ratio' ? '×' : ` ${unit}`}`
  return `${limit}: ${isReached(figure) === true ? 'reached' : 'NOT reached'}`
}

/** Three figures: a bench on a shared machine knows no more. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(3)))
}
