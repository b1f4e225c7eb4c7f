import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { dimensionOf, NAMESPACE, SERVICE_DIMENSION, type MetricName } from '../shared/metrics.ts'
import { PERIOD } from './metrics.ts'

/** Three in a row, of the 24 columns of a dashboard. */
const SIZE = { width: 8, height: 6 }

type Drawn = cloudwatch.IMetric

/** A graph that begins at 0. */
export function graph(
  title: string,
  left: readonly Drawn[],
  more: Pick<cloudwatch.GraphWidgetProps, 'leftAnnotations'> & { readonly right?: readonly Drawn[] } = {},
): cloudwatch.GraphWidget {
  const { right = [], leftAnnotations = [] } = more
  return new cloudwatch.GraphWidget({
    title,
    ...SIZE,
    left: [...left],
    right: [...right],
    leftAnnotations,
    leftYAxis: { min: 0, showUnits: false },
    rightYAxis: { min: 0, showUnits: false },
  })
}

/** One line for each label that a metric has; those that have not come yet are not there. */
export function byLabel(service: string, name: MetricName): cloudwatch.MathExpression {
  const dimension = dimensionOf(name)
  const schema = [NAMESPACE, SERVICE_DIMENSION, dimension].join(',')
  const wanted = `${SERVICE_DIMENSION}="${service}" MetricName="${name}"`
  return new cloudwatch.MathExpression({
    expression: `SEARCH('{${schema}} ${wanted}', 'Sum', ${PERIOD.toSeconds()})`,
    usingMetrics: {},
    period: PERIOD,
    label: `\${PROP('Dim.${dimension}')}`,
  })
}

/** One by another; nothing while there is none of the other. */
export function ratio(label: string, of: Drawn, by: Drawn): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: 'of/by',
    usingMetrics: { of, by },
    period: PERIOD,
    label,
  })
}

export function perSecond(label: string, counted: Drawn): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: 'counted/PERIOD(counted)',
    usingMetrics: { counted },
    period: PERIOD,
    label,
  })
}
