import { ArnFormat, Stack } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Construct } from 'constructs'
import { AlarmTopic } from './alarm-topic.ts'
import type { AlarmPlan } from './alarm-plan.ts'
import type { Deployment } from './deployment.ts'
import { typesToLeaveOut } from './leave-out.ts'

export interface AlarmsProps {
  readonly deployment: Deployment
  readonly plans: readonly AlarmPlan[]
}

/** In LEAVE_OUT, for emulators that know an alarm of one metric only. */
const MATH = 'AWS::CloudWatch::Alarm.Metrics'

/** The alarms of a deployment, and who is told when one goes off and when it is over. */
export class Alarms extends Construct {
  /** Their ARNs, made of names: nothing refers to an alarm, so that LEAVE_OUT may take it out. */
  readonly arns: readonly string[]

  constructor(scope: Construct, id: string, { deployment, plans }: AlarmsProps) {
    super(scope, id)
    const simple = typesToLeaveOut(deployment).has(MATH)
    const possible = plans.filter(({ metric }) => !simple || metric instanceof cloudwatch.Metric)
    const alarms = possible.map(plan => this.#make(plan))
    this.arns = possible.map(plan => this.#arnOf(plan))
    if (deployment.ALARM_EMAIL !== '') this.#tell(deployment.ALARM_EMAIL, alarms)
  }

  #make(plan: AlarmPlan): cloudwatch.Alarm {
    const { id, metric, when, minutes, missing, means, todo } = plan
    const [breached, of] = minutes
    return new cloudwatch.Alarm(this, id, {
      alarmName: this.#nameOf(plan),
      alarmDescription: `${means} ${todo}`,
      metric,
      ...thresholdOf(when),
      datapointsToAlarm: breached,
      evaluationPeriods: of,
      treatMissingData: missing === 'bad' ? BREACHING : NOT_BREACHING,
    })
  }

  /** What the subject of a mail shows. */
  #nameOf({ name }: AlarmPlan): string {
    return `${Stack.of(this).stackName}: ${name}`
  }

  #arnOf(plan: AlarmPlan): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME
    const resourceName = this.#nameOf(plan)
    return Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName, arnFormat })
  }

  #tell(email: string, alarms: readonly cloudwatch.Alarm[]): void {
    const { topic } = new AlarmTopic(this, 'Topic', { email })
    const action = new SnsAction(topic)
    for (const alarm of alarms) {
      alarm.addAlarmAction(action)
      alarm.addOkAction(action)
    }
  }
}

const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData

function thresholdOf(when: AlarmPlan['when']) {
  const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator
  return 'below' in when
    ? { threshold: when.below, comparisonOperator: LESS_THAN_THRESHOLD }
    : { threshold: when.atLeast, comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD }
}
