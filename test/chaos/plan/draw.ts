/** A source of numbers from 0 up to 1, always the same for one seed. */
export type Random = () => number

/** A whole number from `least` to `most`, both included. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1))
}

/** @throws RangeError when there is nothing to pick. */
export function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[Math.floor(random() * from.length)]
  if (picked === undefined) throw new RangeError('There is nothing to pick from.')
  return picked
}

/** `count` of them, each at most once, in an order of its own (Fisher and Yates). */
export function sample<T>(random: Random, from: readonly T[], count: number): T[] {
  const left = [...from]
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [taken] = left.splice(Math.floor(random() * left.length), 1)
    return taken as T
  })
}
