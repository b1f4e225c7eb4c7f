import type { Stack } from 'aws-cdk-lib'
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2'
import { Template } from 'aws-cdk-lib/assertions'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { makeLogGroup } from '../../infra/log-group.ts'
import { Tables } from '../../infra/tables.ts'
import { Watch } from '../../infra/watch.ts'
import { deploymentWith, emptyStack, type Given } from './bridge.ts'

class FakeApi extends Construct {
  readonly stage: apigateway.WebSocketStage

  constructor(scope: Construct) {
    super(scope, 'Api')
    const webSocketApi = new apigateway.WebSocketApi(this, 'Api')
    this.stage = new apigateway.WebSocketStage(this, 'Stage', { webSocketApi, stageName: 'live' })
    makeLogGroup(this, 'AccessLog')
  }
}

class FakeFunctions extends Construct {
  readonly all: readonly lambda.Function[]

  constructor(scope: Construct) {
    super(scope, 'Functions')
    this.all = ['connect', 'default', 'disconnect'].map(
      route =>
        new lambda.Function(this, route, {
          runtime: lambda.Runtime.NODEJS_24_X,
          handler: 'index.handler',
          code: lambda.Code.fromInline('exports.handler = async () => {}'),
          logGroup: makeLogGroup(this, `${route}-logs`),
        }),
    )
  }
}

class FakeWorkers extends Construct {
  readonly service: ecs.FargateService

  constructor(scope: Construct) {
    super(scope, 'Workers')
    const taskDefinition = new ecs.FargateTaskDefinition(this, 'Task')
    taskDefinition.addContainer('worker', {
      image: ecs.ContainerImage.fromRegistry('node:24-slim'),
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'worker', logGroup: makeLogGroup(this, 'Logs') }),
    })
    const vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 1, natGateways: 0 })
    this.service = new ecs.FargateService(this, 'Service', {
      cluster: new ecs.Cluster(this, 'Cluster', { vpc }),
      taskDefinition,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
    })
  }
}

/** Of any construct, the watch wants the logs alone. */
class FakeXmppServer extends Construct {
  constructor(scope: Construct) {
    super(scope, 'XmppServer')
    makeLogGroup(this, 'Logs')
  }
}

export interface WatchedStack {
  readonly stack: Stack
  readonly watch: Watch
  readonly template: Template
}

/** A stack with the least that can be watched, and the watch over it. */
export function watched(given: Given = {}): WatchedStack {
  const stack = emptyStack()
  const deployment = deploymentWith(given)
  const watch = new Watch(stack, 'Watch', {
    deployment,
    api: new FakeApi(stack),
    functions: new FakeFunctions(stack),
    workers: new FakeWorkers(stack),
    tables: new Tables(stack, 'Tables', { deployment }),
    xmppServer: deployment.XMPP_SERVER === '1' ? new FakeXmppServer(stack) : undefined,
  })
  return { stack, watch, template: Template.fromStack(stack) }
}
