import type { Verdict } from '../check/check.ts'
import { rules, type Rule } from '../check/violation.ts'
import type { Strike } from '../history/strikes.ts'
import type { RunOptions } from '../options.ts'
import type { PlannedFault } from '../plan/fault.ts'
import { judge, type Figure } from './figures.ts'

/** A whole run and what became of it. */
export interface Run {
  readonly options: RunOptions
  /** What the profile shows. */
  readonly about: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly plan: readonly PlannedFault[]
  readonly strikes: readonly Strike[]
  /** The talk, in milliseconds of the machine's clock. */
  readonly beganAt: number
  readonly endedAt: number
  /** Everybody was online and had seen everything in time. */
  readonly rested: boolean
  /** DynamoDB writes during the talk: a worker's own row, and all others. */
  readonly storeWrites: { readonly leases: number; readonly others: number }
  /**
   * Of the worker with the most: what it came to hold while clients were frozen, and what of that it let go of when they had got
   * it. Undefined when none were, or it could not be measured.
   */
  readonly heap:
    | { readonly grownBytes: number | undefined; readonly heldBytes: number | undefined }
    | undefined
  /** Workers that ended though nobody had ended them. */
  readonly workersLost: readonly string[]
  readonly verdict: Verdict
}

/** More of one rule tell nothing more. */
const VIOLATIONS_SHOWN = 100

/** What a program reads of a run: all but the single deliveries. */
export interface Report extends Omit<Run, 'verdict'> {
  readonly passed: boolean
  readonly verdict: Omit<Verdict, 'deliveries' | 'violations'>
  readonly broken: Readonly<Record<Rule, number>>
  readonly violations: Verdict['violations']
  readonly figures: readonly Figure[]
}

export function reportOf(run: Run): Report {
  const { deliveries: _, violations, ...verdict } = run.verdict
  const of = (rule: Rule) => violations.filter(violation => violation.rule === rule)
  const names = Object.keys(rules) as Rule[]
  const figures = judge(run)
  return {
    ...run,
    passed: isPassed(run, figures),
    verdict,
    broken: Object.fromEntries(names.map(rule => [rule, of(rule).length])) as Record<Rule, number>,
    violations: names.flatMap(rule => of(rule).slice(0, VIOLATIONS_SHOWN)),
    figures,
  }
}

/** No rule is broken, no worker has crashed, all has come to rest, and nothing was counted that must not happen. */
function isPassed({ verdict, rested, workersLost }: Run, figures: readonly Figure[]): boolean {
  const isWell = verdict.violations.length === 0 && rested && workersLost.length === 0
  return isWell && !figures.some(isMissed)
}

function isMissed({ binds, reached }: Figure): boolean {
  return binds === true && reached === false
}

/** The report for a terminal. */
export function asText(report: Report): string {
  const { broken, workersLost, rested, figures, violations, verdict } = report
  const lines = figures.map(({ name, text, target, reached }) => {
    const aim = target === undefined ? '' : ` (${target}: ${reached === true ? 'reached' : 'NOT reached'})`
    return `  ${name.padEnd(44)} ${text}${aim}`
  })
  const faults = [
    ...(rested ? [] : ['  not everybody was online with everything seen in time']),
    ...workersLost.map(lost => `  ${lost}`),
    ...Object.entries(broken).flatMap(([rule, times]) =>
      times === 0 ? [] : [`  ${rule}: ${times} times. ${rules[rule as Rule]}`],
    ),
    ...figures.filter(isMissed).map(({ name, text, target }) => `  ${name}: ${text}, and not ${target}`),
    ...violations.slice(0, 20).map(({ what }) => `    ${what}`),
    ...verdict.story.map(line => `    ${line}`),
  ]
  return [...lines, '', report.passed ? 'Passed: no violation.' : 'FAILED:', ...faults].join('\n')
}
