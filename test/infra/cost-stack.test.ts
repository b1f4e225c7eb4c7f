import { expect, test } from 'vitest'
import * as z from 'zod/mini'
import { billOf, watching } from '../../infra/cost/bill.ts'
import { DEFAULT_SHAPE as shape, trafficOf } from '../../infra/cost/traffic.ts'
import { bridgeWith } from './bridge.ts'

const { template } = bridgeWith()
const load = { users: 0, sent: 0, received: 0, hours: 24, bytes: 400, perPush: 1 }

function propertiesOf<T extends z.ZodMiniType>(type: string, schema: T): z.output<T>[] {
  return Object.values(template.findResources(type)).map(({ Properties }) => schema.parse(Properties))
}

function quantityOf(what: string): number | undefined {
  return watching().find(line => line.what === what)?.quantity
}

test('[MB30] the functions have the memory that is reckoned with', () => {
  for (const [route, memory] of Object.entries(shape.memoryMb))
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: `${route}.handler`,
      MemorySize: memory,
      Architectures: ['arm64'],
      LoggingConfig: { SystemLogLevel: 'WARN' },
    })
})

test('[MB31] a worker has the size that is reckoned with', () => {
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    Cpu: String(shape.workerVcpu * 1024),
    Memory: String(shape.workerGb * 1024),
    RuntimePlatform: { CpuArchitecture: 'ARM64' },
  })
})

test('[MB32] there are as many workers as the service is scaled to', () => {
  const target = z.object({
    TargetTrackingScalingPolicyConfiguration: z.object({ TargetValue: z.number() }),
  })
  const [policy] = propertiesOf('AWS::ApplicationAutoScaling::ScalingPolicy', target)
  const sessions = policy?.TargetTrackingScalingPolicyConfiguration.TargetValue ?? 0
  expect(trafficOf({ ...load, users: 7 * sessions }, shape).workers).toBe(7)
  expect(trafficOf({ ...load, users: 7 * sessions + 1 }, shape).workers).toBe(8)
})

test('[MB33] alarms and dashboards are as many as reckoned, an alarm by the metrics it looks at', () => {
  const alarm = z.object({ Metrics: z.optional(z.array(z.object({ MetricStat: z.optional(z.unknown()) }))) })
  const looked = propertiesOf('AWS::CloudWatch::Alarm', alarm).map(({ Metrics }) =>
    Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length,
  )
  expect(looked.reduce((sum, count) => sum + count, 0)).toBe(quantityOf('metrics with an alarm'))
  template.resourceCountIs('AWS::CloudWatch::Dashboard', quantityOf('dashboards') ?? 0)
})

test('[MB34] there is one key, and nothing that is billed by the hour but workers', () => {
  const keys = billOf(trafficOf(load, shape), shape).lines.find(({ what }) => what === 'keys')
  template.resourceCountIs('AWS::KMS::Key', keys?.quantity ?? 0)
  template.resourceCountIs('AWS::ECS::Service', 1)
  for (const type of ['AWS::EC2::NatGateway', 'AWS::EC2::EIP', 'AWS::ElasticLoadBalancingV2::LoadBalancer'])
    template.resourceCountIs(type, 0)
  const endpoint = z.object({ VpcEndpointType: z.literal('Gateway') })
  expect(propertiesOf('AWS::EC2::VPCEndpoint', endpoint)).toHaveLength(1)
})
