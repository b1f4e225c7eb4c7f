import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type { TableName } from '../shared/stores/definitions.ts'
import type { BridgeFunctions } from './functions.ts'
import { metricOf, PERIOD } from './metrics.ts'
import type { Tables } from './tables.ts'
import type { BridgeApi } from './websocket-api.ts'

/** One alarm: what goes off when, and what whoever is told has to know. */
export interface AlarmPlan {
  readonly id: string
  /** As the subject of a mail has it, behind the name of the stack. */
  readonly name: string
  readonly metric: cloudwatch.Metric | cloudwatch.MathExpression
  readonly when: { readonly atLeast: number } | { readonly below: number }
  /** In so many of so many minutes: metrics that come by logs are late at times ("Setting alarms on metrics created with the embedded metric format"). */
  readonly minutes: readonly [breached: number, of: number]
  /** What no data at all means. */
  readonly missing: 'good' | 'bad'
  readonly means: string
  readonly todo: string
}

export interface Watched {
  /** The dimension of the bridge's own metrics. */
  readonly service: string
  readonly api: Pick<BridgeApi, 'stage'>
  readonly functions: Pick<BridgeFunctions, 'all'>
  readonly tables: Pick<Tables, 'byName'>
}

/** New connections of an account in a Region, over all its WebSocket APIs ("Quotas for configuring and running a WebSocket API"). */
export const CONNECTS_PER_SECOND = 500
/** A herd comes in seconds and the metric is of a minute, so more than half of the quota for a minute was all of it for a while. */
const CONNECTS_PER_MINUTE = CONNECTS_PER_SECOND * 60 * 0.6

/** What one dead worker brings about lasts some seconds. */
const MORE_THAN_A_HICCUP = { when: { atLeast: 10 }, minutes: [3, 5], missing: 'good' } as const
/** Five minutes without another before it is over, so that a bad hour is no mail a minute. */
const EVEN_ONE = { when: { atLeast: 1 }, minutes: [1, 5], missing: 'good' } as const

/** LoginFailures that say something of the XMPP server or of the way to it, and nothing of a password. */
const SERVER_CODES = ['unreachable', 'timeout', 'tls', 'protocol', 'insecure', 'no-mechanism']

/** Everything that somebody should be told of. */
export function alarmPlans({ service, api, functions, tables }: Watched): readonly AlarmPlan[] {
  return [
    ...workerAlarms(service),
    ...clientAlarms(service),
    connectAlarm(api),
    ...functionAlarms(functions),
    ...tableAlarms(tables),
  ]
}

function workerAlarms(service: string): readonly AlarmPlan[] {
  return [
    {
      id: 'NoReadyWorker',
      name: 'no ready worker',
      metric: metricOf(service, 'ReadyWorkers', { statistic: 'Sum' }),
      when: { below: 1 },
      minutes: [3, 3],
      missing: 'bad',
      means: 'No worker may be given sessions: nobody can sign in, and who is signed in is told try-again.',
      todo: 'Look at the events of the ECS service and at why its tasks stopped (image, memory, health check), then into the log of the workers: one that cannot renew its row in DynamoDB is not ready either.',
    },
    {
      id: 'TakeOvers',
      name: 'sessions were taken over',
      metric: metricOf(service, 'TakeOvers', { statistic: 'Sum' }),
      ...EVEN_ONE,
      means:
        'A worker died without handing its sessions over, and its peers took them; users saw a pause of seconds.',
      todo: 'Find out why: the stopped reason of the task in ECS (out of memory: more WORKER_MEMORY_MIB or fewer MAX_SESSIONS), and the last lines of its log. Once in months it is a machine of AWS that failed.',
    },
    {
      id: 'XmppServer',
      name: 'logins at the XMPP server fail',
      metric: sumOf(
        SERVER_CODES.map(only => metricOf(service, 'LoginFailures', { statistic: 'Sum', only, label: only })),
        'LoginFailures',
      ),
      ...MORE_THAN_A_HICCUP,
      means:
        'Logins fail, and not because of passwords: sessions that lost their stream cannot go on, and nobody new gets in.',
      todo: 'The code on the dashboard says where: unreachable and timeout are the server or its firewall, tls is its certificate, insecure and no-mechanism are what it offers to log in with.',
    },
  ]
}

function clientAlarms(service: string): readonly AlarmPlan[] {
  return [
    {
      id: 'HandoffErrors',
      name: 'hand-offs fail',
      metric: metricOf(service, 'HandoffErrors', { statistic: 'Sum' }),
      ...MORE_THAN_A_HICCUP,
      means: 'Functions get no answer from workers, or a no.',
      todo: 'By code: unreachable for more than a minute is the network between the two (security groups); unanswered is a worker without processor to spare; busy is a full fleet (MAX_WORKERS, MAX_SESSIONS); server-unavailable is the XMPP server.',
    },
    {
      id: 'PushFailures',
      name: 'pushes fail',
      metric: metricOf(service, 'PushFailures', { statistic: 'Sum' }),
      ...MORE_THAN_A_HICCUP,
      means: 'Clients get nothing: the gateway refuses what workers post to it, or does not answer.',
      todo: 'The workers log "a push failed" with the status. 403: their role or MANAGEMENT_ENDPOINT; 5xx: AWS Health; none: their way to the internet.',
    },
    {
      id: 'Gaps',
      name: 'clients were told of gaps',
      metric: metricOf(service, 'Gaps', { statistic: 'Sum' }),
      ...EVEN_ONE,
      means: 'Clients were told that they may miss messages, or what became of their own.',
      todo: 'By the code: with no-archive the XMPP server keeps no archive (XEP-0313), so turn it on; with not-in-archive it did not store a message that nobody had yet, so look whether it archives all messages and for how long; or more than 400 stanzas came for a client that was away, receipts and bounces among them, and then its worker changed; or streams could not be resumed (StreamsNotResumed on the dashboard), and the receipts and bounces that the server had yet to send are gone.',
    },
  ]
}

function connectAlarm({ stage }: Pick<BridgeApi, 'stage'>): AlarmPlan {
  return {
    id: 'Connects',
    name: 'connects are near the quota',
    metric: stage.metric('ConnectCount', { statistic: 'Sum', period: PERIOD }),
    when: { atLeast: CONNECTS_PER_MINUTE },
    minutes: [1, 5],
    missing: 'good',
    means: `An account may open ${CONNECTS_PER_SECOND} connections a second in a Region; beyond that handshakes are refused.`,
    todo: 'A herd after a cut passes by itself: clients come back spread out. Else ask for more under Service Quotas, API Gateway, before there are more users.',
  }
}

function functionAlarms({ all }: Watched['functions']): readonly AlarmPlan[] {
  const options = { statistic: 'Sum', period: PERIOD }
  return [
    {
      id: 'FunctionErrors',
      name: 'functions fail',
      metric: sumOf(
        all.map(each => each.metricErrors(options)),
        'Errors',
      ),
      ...MORE_THAN_A_HICCUP,
      means:
        'Functions end with an error or run out of time; clients get "Internal server error" and send again.',
      todo: 'The saved query "what went wrong" shows them. NoWorkerLeft: see "no ready worker"; errors of DynamoDB: its throttles, then AWS Health.',
    },
    {
      id: 'FunctionThrottles',
      name: 'functions are throttled',
      metric: sumOf(
        all.map(each => each.metricThrottles(options)),
        'Throttles',
      ),
      ...EVEN_ONE,
      means: 'Lambda has no place left for more invokes at once, and frames of clients are refused.',
      todo: 'Ask for more "Concurrent executions" under Service Quotas, Lambda: an account has 1,000, a new one perhaps 10, for all its functions.',
    },
  ]
}

function tableAlarms({ byName }: Watched['tables']): readonly AlarmPlan[] {
  const options = { statistic: 'Sum', period: PERIOD }
  return (Object.keys(byName) as TableName[]).map(name => ({
    id: `Throttles-${name}`,
    name: `the table ${name} is throttled`,
    // Such a metric is there only when there are throttles, and an alarm of DynamoDB's own metrics takes no data for no news.
    metric: sumOf(
      [
        byName[name].metric('ReadThrottleEvents', options),
        byName[name].metric('WriteThrottleEvents', options),
      ],
      'ThrottleEvents',
    ),
    ...EVEN_ONE,
    means: `DynamoDB refuses requests for the table ${name}; they are repeated, and all that needs them is slow.`,
    todo: 'A table that is paid by request grows with its load within minutes. If this stays: the quota of the account, or one key that everybody uses (a flood of one user).',
  }))
}

/** The sum where some, or all, of them have no data. */
function sumOf(metrics: readonly cloudwatch.IMetric[], label: string): cloudwatch.MathExpression {
  const named = metrics.map((metric, index) => [`m${index}`, metric] as const)
  return new cloudwatch.MathExpression({
    expression: named.map(([id]) => `FILL(${id},0)`).join('+'),
    usingMetrics: Object.fromEntries(named),
    period: PERIOD,
    label,
  })
}
