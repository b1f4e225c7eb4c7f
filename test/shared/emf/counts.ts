import type { Tally } from '../../../shared/emf/tally.ts'

/** What was counted or sampled since the last time, by the name of the metric and, where it has one, the label. */
export function countsOf(tally: Tally): Record<string, number | undefined> {
  return Object.fromEntries(
    tally
      .take()
      .map(({ name, label, values }) => [label === undefined ? name : `${name} ${label}`, values[0]]),
  )
}
