import type { Meter, MetricName } from '../metrics.ts'

/** What was measured of one metric since the last time it was asked. */
export interface Reading {
  readonly name: MetricName
  readonly label: string | undefined
  /** One sum of what was counted, the last value of a gauge, each time by itself. */
  readonly values: readonly number[]
}

interface Kept extends Reading {
  readonly values: number[]
}

/** Keeps what is measured until it is asked for: a count costs a look-up and an addition. */
export class Tally implements Meter {
  #kept = new Map<string, Kept>()

  count(name: MetricName, n: number, label?: string): void {
    const { values } = this.#of(name, label)
    values[0] = (values[0] ?? 0) + n
  }

  time(name: MetricName, ms: number, label?: string): void {
    this.#of(name, label).values.push(ms)
  }

  gauge(name: MetricName, value: number): void {
    this.#of(name, undefined).values[0] = value
  }

  /** All there is, and begins anew. */
  take(): readonly Reading[] {
    const readings = [...this.#kept.values()]
    this.#kept = new Map()
    return readings
  }

  #of(name: MetricName, label: string | undefined): Kept {
    const key = label === undefined ? name : `${name} ${label}`
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const begun: Kept = { name, label, values: [] }
    this.#kept.set(key, begun)
    return begun
  }
}
