import { Metrics } from '@aws-lambda-powertools/metrics'
import type { Clock } from '../clock.ts'
import { dimensionOf, NAMESPACE, unitOf, type Meter } from '../metrics.ts'
import { Tally, type Reading } from './tally.ts'

export interface EmfOptions {
  /** The `service` dimension: the name of the deployment. */
  readonly service: string
  /** Fields of each line beside the metrics, for Logs Insights. */
  readonly about: Readonly<Record<string, string>>
  readonly clock: Pick<Clock, 'now'>
  /** Gets each line without its end. On standard output it becomes metrics by itself, from Lambda as from ECS. */
  readonly write: (line: string) => void
}

/** Powertools writes by itself, and forgets the dimensions, when a metric has 100 values, as many as the format allows. */
const MAX_VALUES = 99

/**
 * Metrics as lines of CloudWatch's embedded metric format ("Specification: Embedded metric format"), one for all that has
 * no dimension but the service, and one for each label. Powertools makes and checks them; it would keep each single count and write
 * a line for every hundred, so the counts are added up here.
 */
export class EmfMeter implements Meter {
  readonly #options: EmfOptions
  readonly #metrics: Metrics
  readonly #tally = new Tally()
  /** Of what was measured last: a function may be frozen for hours before it writes. */
  #lastMs = 0

  constructor(options: EmfOptions) {
    this.#options = options
    this.#metrics = new Metrics({ namespace: NAMESPACE, serviceName: options.service })
  }

  readonly count: Meter['count'] = (name, n, ...[label]) => {
    this.#stamp()
    this.#tally.count(name, n, label)
  }

  readonly time: Meter['time'] = (name, ms, ...[label]) => {
    this.#stamp()
    this.#tally.time(name, ms, label)
  }

  readonly gauge: Meter['gauge'] = (name, value) => {
    this.#stamp()
    this.#tally.gauge(name, value)
  }

  /** Writes what was measured since the last time; nothing when that is nothing. */
  flush(): void {
    const readings = this.#tally.take()
    const plain = readings.filter(({ label }) => label === undefined)
    if (plain.length > 0) this.#write(plain)
    for (const reading of readings.flatMap(partsOf)) {
      const { name, label } = reading
      const dimension = dimensionOf(name)
      if (dimension === undefined || label === undefined) continue
      // With and without it: CloudWatch adds nothing up over dimensions.
      this.#metrics.addDimensions({}).addDimensions({ [dimension]: label })
      this.#write([reading])
    }
  }

  #stamp(): void {
    this.#lastMs = this.#options.clock.now()
  }

  #write(readings: readonly Reading[]): void {
    const { about, write } = this.#options
    const metrics = this.#metrics.setTimestamp(this.#lastMs)
    for (const { name, values } of readings)
      for (const value of values) metrics.addMetric(name, unitOf(name), value)
    for (const [name, value] of Object.entries(about)) metrics.addMetadata(name, value)
    write(JSON.stringify(metrics.serializeMetrics()))
    metrics.clearMetrics()
    metrics.clearDimensions()
    metrics.clearMetadata()
  }
}

/** A reading with more values than one line may hold, as several. */
function partsOf(reading: Reading): readonly Reading[] {
  const count = Math.ceil(reading.values.length / MAX_VALUES)
  return Array.from({ length: count }, (_, index) => ({
    ...reading,
    values: reading.values.slice(index * MAX_VALUES, (index + 1) * MAX_VALUES),
  }))
}
