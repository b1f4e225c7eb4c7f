import { Stack } from 'aws-cdk-lib'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct, type IConstruct } from 'constructs'
import { alarmPlans } from './alarm-plan.ts'
import { Alarms } from './alarms.ts'
import { Dashboard } from './dashboard.ts'
import type { Deployment } from './deployment.ts'
import type { BridgeFunctions } from './functions.ts'
import { Queries } from './queries.ts'
import type { Tables } from './tables.ts'
import type { BridgeApi } from './websocket-api.ts'
import type { Workers } from './workers.ts'

export interface WatchProps {
  readonly deployment: Deployment
  readonly api: Construct & Pick<BridgeApi, 'stage'>
  readonly functions: Construct & Pick<BridgeFunctions, 'all'>
  readonly workers: Construct & Pick<Workers, 'service'>
  readonly tables: Pick<Tables, 'byName'>
  /** The one of this stack, if there is one. */
  readonly xmppServer?: Construct | undefined
}

/** What tells how the bridge is: alarms, a dashboard, and saved queries over all logs. */
export class Watch extends Construct {
  readonly dashboardUrl: string

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id)
    const { deployment, api, functions, workers, tables, xmppServer } = props
    const watched = { service: Stack.of(this).stackName, api, functions, tables }
    const alarms = new Alarms(this, 'Alarms', { deployment, plans: alarmPlans(watched) })
    // Before the first tasks run there is no ready worker, and nobody should be told of that.
    alarms.node.addDependency(workers.service)
    const dashboard = new Dashboard(this, 'Dashboard', {
      ...watched,
      deployment,
      workers,
      alarmArns: alarms.arns,
    })
    this.dashboardUrl = dashboard.url
    const writers = [api, functions, workers, ...(xmppServer ? [xmppServer] : [])]
    new Queries(this, 'Queries', { logGroups: writers.flatMap(logGroupsIn) })
  }
}

function logGroupsIn({ node }: IConstruct): readonly logs.LogGroup[] {
  return node.findAll().filter(each => each instanceof logs.LogGroup)
}
