/** The smallest of the values that at least `share` (0 to 1) of them do not exceed: nearest rank, so one that was measured. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return at(sorted, Math.max(1, Math.ceil(share * sorted.length)) - 1)
}

/** The middle value, of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return (at(sorted, Math.ceil(half) - 1) + at(sorted, Math.floor(half))) / 2
}

/** @throws RangeError: of no values there is no figure, and a NaN would go unnoticed into a report. */
function at(values: readonly number[], index: number): number {
  const value = values[index]
  if (value === undefined) throw new RangeError('There are no values.')
  return value
}
