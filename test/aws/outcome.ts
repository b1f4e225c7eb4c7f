/** What became of one part of a run against an emulator of AWS. */
export interface Outcome {
  readonly part: string
  readonly kind: 'passed' | 'failed' | 'skipped'
  /** How many and how long, or why not. */
  readonly detail: string
}

export function skipped(part: string, detail: string): Outcome {
  return { part, kind: 'skipped', detail }
}

/** The outcomes as a table for people, in the order in which they came. */
export function asTable(title: string, outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map(({ part }) => part.length))
  const lines = outcomes.map(
    ({ part, kind, detail }) => `  ${part.padEnd(width)}  ${kind.padEnd(7)}  ${detail}`,
  )
  return [title, ...lines].join('\n')
}

/** Whether nothing failed; what was skipped says why in the table. */
export function succeeded(outcomes: readonly Outcome[]): boolean {
  return outcomes.every(({ kind }) => kind !== 'failed')
}
