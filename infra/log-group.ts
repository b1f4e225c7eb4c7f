import { RemovalPolicy } from 'aws-cdk-lib'
import * as logs from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'

/** Long enough to look into what a user tells a week later; the logs hold ids and addresses of people. */
const RETENTION = logs.RetentionDays.ONE_MONTH

/** A log group that forgets, and goes with the stack. Its name is CloudFormation's, so that no old one is in the way. */
export function makeLogGroup(scope: Construct, id: string): logs.LogGroup {
  return new logs.LogGroup(scope, id, { retention: RETENTION, removalPolicy: RemovalPolicy.DESTROY })
}
