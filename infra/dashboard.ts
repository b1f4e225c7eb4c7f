import { Aws, Stack } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { metrics, type MetricName } from '../shared/metrics.ts'
import type { Watched } from './alarm-plan.ts'
import type { Deployment } from './deployment.ts'
import { byLabel, graph, perSecond, ratio } from './graphs.ts'
import { metricOf, PERIOD } from './metrics.ts'
import type { Workers } from './workers.ts'

export interface DashboardProps extends Watched {
  readonly deployment: Pick<Deployment, 'MAX_SESSIONS'>
  readonly workers: Pick<Workers, 'service'>
  readonly alarmArns: readonly string[]
}

/** How it stands, on one page: what users have, what they wait for, what goes wrong, and what it runs on. */
export class Dashboard extends Construct {
  /** In the console. */
  readonly url: string

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id)
    const { stackName } = Stack.of(this)
    const rows = [
      [alarmsWidget(this, props.alarmArns)],
      fleetRow(props),
      pushRow(props),
      handoffRow(props),
      troubleRow(props),
      platformRow(props),
      [legend()],
    ]
    new cloudwatch.Dashboard(this, 'Page', { dashboardName: stackName, widgets: rows })
    const console = `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}`
    this.url = `${console}#dashboards/dashboard/${stackName}`
  }
}

type Row = cloudwatch.IWidget[]

function alarmsWidget(scope: Construct, arns: readonly string[]): cloudwatch.IWidget {
  const alarms = arns.map((arn, index) => cloudwatch.Alarm.fromAlarmArn(scope, `Alarm${index}`, arn))
  return new cloudwatch.AlarmStatusWidget({ title: 'Alarms', width: 24, height: 3, alarms })
}

function fleetRow({ service, deployment }: DashboardProps): Row {
  const of = (name: MetricName, statistic: string, label: string) =>
    metricOf(service, name, { statistic, label })
  return [
    graph('Sessions and sockets', [of('Sessions', 'Sum', 'sessions'), of('Sockets', 'Sum', 'sockets')]),
    graph(
      'Sessions of one worker',
      [of('Sessions', 'Average', 'average'), of('Sessions', 'Maximum', 'fullest')],
      { leftAnnotations: [{ value: deployment.MAX_SESSIONS, label: 'MAX_SESSIONS' }] },
    ),
    graph('Workers', [of('ReadyWorkers', 'Sum', 'ready'), of('ReadyWorkers', 'SampleCount', 'all')]),
  ]
}

function pushRow({ service }: DashboardProps): Row {
  const sum = (name: MetricName) => metricOf(service, name, { statistic: 'Sum' })
  const frames = ratio('frames per push', sum('FramesPushed'), sum('Pushes'))
  return [
    graph('Pushes per second', [perSecond('pushes', sum('Pushes'))], { right: [frames] }),
    graph('Pushes that were not taken', [sum('PushFailures'), sum('PushesSlowed')]),
    graph('Gaps that clients were told of', [byLabel(service, 'Gaps')]),
  ]
}

function handoffRow({ service }: DashboardProps): Row {
  const times = (only: string) =>
    ['p50', 'p99'].map(statistic => metricOf(service, 'HandoffMs', { statistic, only, label: statistic }))
  return [
    graph('Hand-off of frames, ms', times('frames')),
    graph('Hand-off of a JOIN with a password, ms', times('open')),
    graph('Hand-offs that failed', [byLabel(service, 'HandoffErrors')]),
  ]
}

function troubleRow({ service }: DashboardProps): Row {
  const sum = (name: MetricName) => metricOf(service, name, { statistic: 'Sum' })
  return [
    graph('Logins at the XMPP server', [sum('Logins'), sum('StreamsNotResumed')], {
      right: [byLabel(service, 'LoginFailures')],
    }),
    graph('Sessions that changed hands', [sum('TakeOvers'), sum('HandOvers')]),
    graph('Refused by functions', [byLabel(service, 'Refusals')]),
  ]
}

function platformRow({ api: { stage }, functions, workers: { service } }: DashboardProps): Row {
  const options = { statistic: 'Sum', period: PERIOD }
  const gateway = ['ConnectCount', 'MessageCount', 'ClientError', 'ExecutionError']
  return [
    graph(
      'Gateway',
      gateway.map(name => stage.metric(name, { ...options, label: name })),
    ),
    graph(
      'Functions, p99 in ms',
      functions.all.map(each =>
        each.metricDuration({ statistic: 'p99', period: PERIOD, label: each.node.id }),
      ),
      {
        right: functions.all.map(each => each.metricErrors({ ...options, label: `${each.node.id} errors` })),
      },
    ),
    graph('Workers, percent', [
      service.metricCpuUtilization({ period: PERIOD, label: 'processor' }),
      service.metricMemoryUtilization({ period: PERIOD, label: 'memory' }),
    ]),
  ]
}

function legend(): cloudwatch.IWidget {
  const lines = Object.entries(metrics).map(([name, { doc }]) => `| ${name} | ${doc} |`)
  return new cloudwatch.TextWidget({
    markdown: ['| metric | means |', '|---|---|', ...lines].join('\n'),
    width: 24,
    height: 10,
  })
}
