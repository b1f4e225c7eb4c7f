import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { environmentOf } from '../../infra/environment.ts'
import { namesReadBy, readSettings } from '../../shared/config.ts'
import { settings } from '../../shared/settings.ts'
import { bridgeWith, deploymentWith } from './bridge.ts'
import { containerIn } from './containers.ts'
import { statementsOf } from './policies.ts'

const { template } = bridgeWith()
const WORKERS_GROUP = { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkWorkers'), 'GroupId'] }

/** Finds the task definition of the workers by what its container has. */
function hasTask(properties: object): void {
  template.hasResourceProperties('AWS::ECS::TaskDefinition', properties)
}

function hasContainer(properties: object): void {
  hasTask({ ContainerDefinitions: [Match.objectLike({ Name: 'worker', ...properties })] })
}

describe('the service of the workers', () => {
  test('[FW1] starts new workers before it stops old ones, and goes back when they do not start', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      LaunchType: 'FARGATE',
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
    })
  })

  test('[FW2] says no number of workers, which each deployment would set it back to', () => {
    template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: Match.absent() })
  })

  test('[FW3] keeps the average worker half full, between the least and the most', () => {
    const { template: given } = bridgeWith({ MIN_WORKERS: '3', MAX_WORKERS: '7', MAX_SESSIONS: '501' })
    given.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 3,
      MaxCapacity: 7,
    })
    given.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        CustomizedMetricSpecification: {
          Namespace: 'Stanzagate',
          MetricName: 'Sessions',
          Dimensions: [{ Name: 'service', Value: 'Bridge' }],
          Statistic: 'Average',
        },
        TargetValue: 251,
        ScaleInCooldown: 900,
      },
    })
  })

  test('[FW4] runs two workers unless it is told otherwise', () => {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2 })
  })

  test('[FW5] gets out by an address of its own and is entered as its group allows', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: {
        AwsvpcConfiguration: { AssignPublicIp: 'ENABLED', SecurityGroups: [WORKERS_GROUP] },
      },
    })
  })
})

describe('a worker', () => {
  test('[FW6] is a process on arm64 that may do nothing to its machine', () => {
    hasTask({
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      NetworkMode: 'awsvpc',
      PidMode: Match.absent(),
      Volumes: Match.absent(),
    })
    hasContainer({
      User: '65532:65532',
      Privileged: Match.absent(),
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
      Secrets: Match.absent(),
    })
  })

  test('[FW7] has the size that it is given', () => {
    const { template: given } = bridgeWith({ WORKER_CPU: '512', WORKER_MEMORY_MIB: '1024' })
    given.hasResourceProperties('AWS::ECS::TaskDefinition', { Cpu: '512', Memory: '1024' })
  })

  test('[FW8] has the most time there is to hand its sessions over, and needs less', () => {
    hasContainer({ StopTimeout: 120 })
    expect(settings.DRAIN_MS.to).toBeLessThan(120_000)
  })

  test('[FW9] is asked whether it answers, not whether it is ready', () => {
    hasContainer({ HealthCheck: Match.objectLike({ Command: ['CMD', 'node', 'health-check.mjs'] }) })
  })

  test('[FW10] is never held up by its log', () => {
    hasContainer({
      LogConfiguration: { LogDriver: 'awslogs', Options: Match.objectLike({ mode: 'non-blocking' }) },
    })
  })
})

describe('the environment of a worker', () => {
  const { environment } = containerIn(template, 'worker')

  test('[FW11] is what the worker says it reads, and nothing else', () => {
    const needed = environmentOf('worker', {
      ...deploymentWith(),
      MANAGEMENT_ENDPOINT: 'https://example.org/live',
      KMS_KEY_ID: 'key',
    })
    expect(Object.keys(environment).toSorted()).toEqual(Object.keys(needed).toSorted())
    const read: readonly string[] = namesReadBy('worker')
    expect(Object.keys(environment).filter(name => !read.includes(name))).toEqual([])
  })

  test('[FW12] can be read: what is not known before it is deployed is the only thing that is no text', () => {
    const texts = Object.entries(environment).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : 'x',
    ])
    expect(readSettings('worker', Object.fromEntries(texts))).toMatchObject({
      HANDOFF_HOST: 'task',
      HANDOFF_PORT: 8443,
      METRICS: '1',
      METRICS_SERVICE: 'Bridge',
      XMPP_URL: 'xmpps://xmpp.example.org',
      XMPP_DOMAIN: 'example.org',
      XMPP_CA_FILE: '',
      XMPP_TLS: 'required',
    })
    const unknown = Object.keys(environment).filter(name => typeof environment[name] !== 'string')
    expect(unknown.toSorted()).toEqual([
      'CONNECTIONS_TABLE',
      'KMS_KEY_ID',
      'MANAGEMENT_ENDPOINT',
      'SESSIONS_TABLE',
      'WORKERS_TABLE',
    ])
  })

  test("[FW13] pushes to the stage's own address, whatever domain clients use", () => {
    const { template: given } = bridgeWith({
      CUSTOM_DOMAIN: 'chat.example.org',
      CERTIFICATE_ARN: 'arn:aws:acm:us-east-1:1:certificate/1',
    })
    const endpoint = JSON.stringify(containerIn(given, 'worker').environment['MANAGEMENT_ENDPOINT'])
    expect(endpoint).toContain('.execute-api.')
    expect(endpoint).toContain('/live"')
    expect(endpoint).not.toContain('chat.example.org')
  })
})

describe('the role of the workers', () => {
  const statements = statementsOf(template, 'WorkersTaskDefinitionTaskRole')
  const actionsOn = (word: string) =>
    statements
      .filter(({ resources }) => resources.some(each => each.includes(word)))
      .flatMap(({ actions }) => actions)

  test('[FW14] pushes to and closes the connections of this stage alone', () => {
    const pushing = statements.filter(({ actions }) => actions.includes('execute-api:ManageConnections'))
    const resources = pushing.flatMap(each => each.resources)
    expect(resources).toHaveLength(2)
    for (const [index, method] of ['POST', 'DELETE'].toSorted().entries())
      expect(resources.toSorted()[index]).toMatch(new RegExp(`/live/${method}/@connections/\\*"`))
  })

  test('[FW15] reaches the three tables of the sessions, neither accounts nor attempts', () => {
    for (const table of ['Tablesworkers', 'Tablessessions', 'Tablesconnections'])
      expect(actionsOn(table).length, table).toBeGreaterThan(0)
    for (const table of ['Tablesaccounts', 'Tablesattempts']) expect(actionsOn(table), table).toEqual([])
  })

  test('[FW16] has nothing else', () => {
    const others = statements
      .flatMap(({ actions }) => actions)
      .filter(action => !/^(dynamodb|execute-api):/.test(action))
    expect(others).toEqual([])
  })

  test('[FW17] is not what pulls the image and writes the log, which is all that the other role does', () => {
    const actions = statementsOf(template, 'WorkersTaskDefinitionExecutionRole').flatMap(each => each.actions)
    expect(actions.toSorted()).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ])
  })
})
