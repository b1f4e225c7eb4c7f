import { Duration, Stack } from 'aws-cdk-lib'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import type { Deployment } from './deployment.ts'
import { metricOf } from './metrics.ts'

/** Of two workers, one has room for all sessions of the other when it dies. */
const LOAD = 0.5

/**
 * Keeps the average worker half full, between MIN_WORKERS and MAX_WORKERS. The service itself says no number, to which each
 * deployment would set it back (aws-cdk #3919); a new one is brought up to the least at once ("Application Auto Scaling
 * concepts").
 */
export function scaleBySessions(service: ecs.FargateService, deployment: Deployment): void {
  const count = service.autoScaleTaskCount({
    minCapacity: deployment.MIN_WORKERS,
    maxCapacity: deployment.MAX_WORKERS,
  })
  count.scaleToTrackCustomMetric('Sessions', {
    metric: metricOf(Stack.of(service).stackName, 'Sessions', { statistic: 'Average' }),
    targetValue: Math.ceil(deployment.MAX_SESSIONS * LOAD),
    // A new worker counts in the average within two minutes: one sample a minute, and the start.
    scaleOutCooldown: Duration.minutes(2),
    // Each step back makes a worker hand over all it has, so one at a time, and none for a dip.
    scaleInCooldown: Duration.minutes(15),
  })
}
