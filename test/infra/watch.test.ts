import { Match } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { metrics, NAMESPACE, type MetricName } from '../../shared/metrics.ts'
import { statementsIn } from './policies.ts'
import { watched } from './watched.ts'

const ALARM = 'AWS::CloudWatch::Alarm'
const EMAIL = { ALARM_EMAIL: 'ops@example.org' }
const plain = watched()
const told = watched(EMAIL)

const alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  Metrics: z.optional(z.array(z.unknown())),
  TreatMissingData: z.string(),
  AlarmActions: z.optional(z.array(z.unknown())),
  OKActions: z.optional(z.array(z.unknown())),
})

const query = z.object({
  Name: z.string(),
  QueryString: z.string(),
  LogGroupNames: z.array(z.object({ Ref: z.string() })),
})

function alarmsOf({ template }: Pick<typeof plain, 'template'>) {
  return Object.values(template.findResources(ALARM)).map(({ Properties }) => alarm.parse(Properties))
}

/** The dashboard's JSON, with what only AWS knows left out. */
function dashboardOf({ stack, template }: typeof plain): string {
  const [board] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'))
  return JSON.stringify(stack.resolve(board?.['Properties'].DashboardBody)).replaceAll('\\', '')
}

describe('alarms', () => {
  test('[WT1] each says which deployment it is of, what it means and what to do', () => {
    expect(alarmsOf(plain).length).toBeGreaterThanOrEqual(14)
    for (const { AlarmName, AlarmDescription, TreatMissingData } of alarmsOf(plain)) {
      expect(AlarmName).toMatch(/^Bridge: [a-zA-Z -]+$/)
      expect(AlarmDescription).toMatch(/^[A-Z].{20,}\. [A-Z].{20,}\.$/)
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024)
      expect(['breaching', 'notBreaching']).toContain(TreatMissingData)
    }
  })

  test('[WT2] workers that say nothing are not ready', () => {
    plain.template.hasResourceProperties(ALARM, {
      AlarmName: 'Bridge: no ready worker',
      Namespace: NAMESPACE,
      MetricName: 'ReadyWorkers',
      Dimensions: [{ Name: 'service', Value: 'Bridge' }],
      Statistic: 'Sum',
      Period: 60,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    })
  })

  test.each([
    ['sessions were taken over', 'TakeOvers', 1],
    ['hand-offs fail', 'HandoffErrors', 10],
    ['pushes fail', 'PushFailures', 10],
    ['clients were told of gaps', 'Gaps', 1],
  ])(
    '[WT18] "%s" counts %s, whatever their codes, and is no alarm while there are none',
    (name, metric, least) => {
      plain.template.hasResourceProperties(ALARM, {
        AlarmName: `Bridge: ${name}`,
        Namespace: NAMESPACE,
        MetricName: metric,
        Dimensions: [{ Name: 'service', Value: 'Bridge' }],
        Statistic: 'Sum',
        Threshold: least,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      })
    },
  )

  test('[WT19] logins that fail are counted by the codes that speak of the XMPP server, not of a password', () => {
    const { Metrics } = alarmsOf(plain).find(({ AlarmName }) => AlarmName.endsWith('XMPP server fail')) ?? {}
    const codes = [...JSON.stringify(Metrics).matchAll(/"Name":"code","Value":"([^"]+)"/g)].map(
      ([, code]) => code,
    )
    expect(codes).toEqual(['unreachable', 'timeout', 'tls', 'protocol', 'insecure', 'no-mechanism'])
    expect(JSON.stringify(Metrics)).not.toContain('not-authorized')
  })

  test('[WT3] nobody is alarmed before the first workers were started', () => {
    for (const { DependsOn } of Object.values(plain.template.findResources(ALARM)))
      expect(DependsOn).toContainEqual(expect.stringMatching(/^WorkersService/))
  })

  test('[WT4] connects are counted at the stage, against the quota of 500 a second', () => {
    plain.template.hasResourceProperties(ALARM, {
      MetricName: 'ConnectCount',
      Namespace: 'AWS/ApiGateway',
      Dimensions: Match.arrayWith([{ Name: 'Stage', Value: 'live' }]),
      Statistic: 'Sum',
      Threshold: 18_000,
    })
  })

  test('[WT5] every table and every function is watched', () => {
    const maths = alarmsOf(plain).map(({ Metrics }) => JSON.stringify(Metrics ?? []))
    for (const name of ['accounts', 'attempts', 'workers', 'sessions', 'connections'])
      expect(
        maths.filter(math => math.includes(`Tables${name}`) && math.includes('ThrottleEvents')),
      ).toHaveLength(1)
    for (const name of ['Errors', 'Throttles'])
      for (const route of ['connect', 'default', 'disconnect'])
        expect(maths.some(math => math.includes(`"${name}"`) && math.includes(`Functions${route}`))).toBe(
          true,
        )
  })

  test('[WT6] an emulator that knows no metric math gets the others, one that knows no alarms none', () => {
    const simple = watched({ LEAVE_OUT: 'AWS::EC2::EIP, AWS::CloudWatch::Alarm.Metrics' })
    const names = alarmsOf(simple).map(({ AlarmName }) => AlarmName)
    expect(names).toEqual(
      alarmsOf(plain).flatMap(({ AlarmName, Metrics }) => (Metrics === undefined ? [AlarmName] : [])),
    )
    expect(names.length).toBeGreaterThanOrEqual(6)
    // Whoever takes alarms out must not leave a reference to one behind.
    const rest = JSON.stringify(
      Object.entries(plain.template.toJSON()['Resources']).filter(([, each]) => !isAlarm(each)),
    )
    for (const id of Object.keys(plain.template.findResources(ALARM))) expect(rest).not.toContain(`"${id}"`)
  })
})

function isAlarm(resource: unknown): boolean {
  return z.object({ Type: z.literal(ALARM) }).safeParse(resource).success
}

describe('who is told', () => {
  test('[WT7] nobody, and no topic is made, without an address', () => {
    plain.template.resourceCountIs('AWS::SNS::Topic', 0)
    for (const { AlarmActions } of alarmsOf(plain)) expect(AlarmActions).toBeUndefined()
  })

  test('[WT8] the address, of each alarm and of its end', () => {
    told.template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.org',
    })
    for (const { AlarmActions, OKActions } of alarmsOf(told)) {
      expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/^WatchAlarmsTopic/) as string }])
      expect(OKActions).toEqual(AlarmActions)
    }
  })

  test('[WT9] through a topic that is encrypted, and whose key alarms of this account can use', () => {
    told.template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^WatchAlarmsTopicKey'), 'Arn'] },
    })
    const [topic] = Object.values(told.template.findResources('AWS::SNS::TopicPolicy'))
    const [key] = Object.values(told.template.findResources('AWS::KMS::Key'))
    const ofAlarms = [topic?.['Properties'].PolicyDocument, key?.['Properties'].KeyPolicy]
      .flatMap(statementsIn)
      .filter(({ principal }) => principal.includes('cloudwatch.amazonaws.com'))
    expect(ofAlarms.map(({ actions }) => actions)).toEqual([
      ['sns:Publish'],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
    ])
    for (const { condition } of ofAlarms)
      expect(condition).toMatchObject({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } })
  })

  test('[WT10] the rules of AWS Solutions and Serverless find nothing in it', () => {
    const { stack, watch } = told
    for (const pack of [new AwsSolutionsChecks(stack), new ServerlessChecks(stack)])
      expect(pack.validateScope(watch).violations).toEqual([])
  })
})

describe('the dashboard', () => {
  test('[WT11] draws every metric there is, of this deployment alone', () => {
    const body = dashboardOf(plain)
    for (const name of Object.keys(metrics) as MetricName[]) {
      const drawn = `"${NAMESPACE}","${name}","`
      const searched = `MetricName="${name}"`
      expect(body.includes(drawn) || body.includes(searched), name).toBe(true)
    }
    for (const [, service] of body.matchAll(/"service","([^"]+)"/g)) expect(service).toBe('Bridge')
  })

  test('[WT12] shows frames for each push, pushes per second, and half and the slowest of the hand-offs', () => {
    const body = dashboardOf(plain)
    for (const part of ['"frames per push"', 'counted/PERIOD(counted)', '"stat":"p50"', '"stat":"p99"'])
      expect(body).toContain(part)
  })

  test('[WT20] has a graph for each thing that is asked first', () => {
    const body = dashboardOf(plain)
    for (const title of [
      'Sessions and sockets',
      'Pushes per second',
      'Hand-off of frames, ms',
      'Hand-offs that failed',
      'Logins at the XMPP server',
      'Sessions that changed hands',
      'Gaps that clients were told of',
    ])
      expect(body).toContain(`"title":"${title}"`)
    // Failures come by their codes, whichever there are.
    for (const name of ['LoginFailures', 'HandoffErrors', 'Refusals', 'Gaps'])
      expect(body).toMatch(
        new RegExp(`SEARCH\\('\\{${NAMESPACE},service,code\\} service="Bridge" MetricName="${name}"'`),
      )
  })

  test('[WT13] is found by its address', () => {
    const address = JSON.stringify(plain.stack.resolve(plain.watch.dashboardUrl))
    expect(address).toContain('#dashboards/dashboard/Bridge')
    plain.template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'Bridge' })
  })
})

describe('saved queries', () => {
  test('[WT14] go over the logs of the functions, the workers and the stage', () => {
    expect(groupsOfQueries(plain)).toEqual(Array.from({ length: 3 }, () => OWN_LOGS))
  })

  test('[WT15] show the way of one message by its trace id', () => {
    plain.template.hasResourceProperties('AWS::Logs::QueryDefinition', {
      Name: 'Bridge/one message by its trace id',
      QueryString: Match.stringLikeRegexp('filter coalesce\\(traceId, requestId\\) = "\\{\\{traceId\\}\\}"'),
      Parameters: [Match.objectLike({ Name: 'traceId' })],
    })
  })

  test('[WT16] go over the log of the XMPP server as well where it is one of the stack', () => {
    const own = watched({ XMPP_URL: '', XMPP_SERVER: '1', REGISTRATION: 'explicit' })
    expect(groupsOfQueries(own)).toEqual(Array.from({ length: 3 }, () => [...OWN_LOGS, 'XmppServerLogs']))
  })

  test('[WT17] take for trouble what the XMPP server calls so, whose lines are no JSON', () => {
    const { QueryString } = queriesOf(plain).find(({ Name }) => Name === 'Bridge/what went wrong') ?? {}
    const [, pattern = ''] = /@message like \/(.+?)\//.exec(String(QueryString)) ?? []
    const isTrouble = (line: string) => new RegExp(pattern).test(line)
    expect(isTrouble('Nov 22 09:00:00 certmanager\terror\tNo certificate for example.org')).toBe(true)
    expect(isTrouble('Nov 22 09:00:00 c2s5581\tinfo\tClient connected, no error\there')).toBe(false)
  })
})

const OWN_LOGS = [
  'ApiAccessLog',
  'Functionsconnectlogs',
  'Functionsdefaultlogs',
  'Functionsdisconnectlogs',
  'WorkersLogs',
]

function queriesOf({ template }: Pick<typeof plain, 'template'>) {
  return Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) =>
    query.parse(Properties),
  )
}

/** Of each query the log groups, without the hash behind their names. */
function groupsOfQueries(stack: Pick<typeof plain, 'template'>): readonly (readonly string[])[] {
  return queriesOf(stack).map(({ LogGroupNames }) =>
    LogGroupNames.map(({ Ref }) => Ref.replace(/[0-9A-F]{8}$/, '')),
  )
}
