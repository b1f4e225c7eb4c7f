import { Duration } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { dimensionOf, NAMESPACE, SERVICE_DIMENSION, type MetricName } from '../shared/metrics.ts'

/** As often as workers sample. */
export const PERIOD = Duration.minutes(1)

export interface MetricWish {
  /** `Sum` over a minute is the whole fleet, `Average` a worker, of what is sampled. */
  readonly statistic: string
  /** Only what has this label in the metric's further dimension. */
  readonly only?: string
  /** In a legend; the console else makes one of the name. An alarm has none. */
  readonly label?: string
  /** Default: PERIOD. */
  readonly period?: Duration
}

/** A metric of `shared/metrics.ts` of one deployment, as dashboards, alarms and scaling ask for it. */
export function metricOf(
  service: string,
  name: MetricName,
  { statistic, only, label, period = PERIOD }: MetricWish,
): cloudwatch.Metric {
  const dimension = dimensionOf(name)
  const further = dimension !== undefined && only !== undefined ? { [dimension]: only } : {}
  return new cloudwatch.Metric({
    namespace: NAMESPACE,
    metricName: name,
    dimensionsMap: { [SERVICE_DIMENSION]: service, ...further },
    statistic,
    period,
    ...(label !== undefined && { label }),
  })
}
