import { CfnElement, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { acknowledge, type Findings } from './nag.ts'
import type { BridgeApi } from './websocket-api.ts'
import type { Workers } from './workers.ts'

export interface Tasks {
  readonly workers: Workers
  readonly xmppServer: Construct | undefined
  readonly api: BridgeApi
}

/** Answers for what the constructs that run on Fargate bring up. */
export function answerForTasks({ workers, xmppServer, api }: Tasks): void {
  acknowledge(workers, { ...ofTask, ...ofPushing(api) })
  if (xmppServer) acknowledge(xmppServer, ofTask)
}

const ofTask: Findings = {
  'AwsSolutions-ECS2':
    'Nothing in these variables is a secret: names, addresses and limits. What is secret, a worker makes when it starts, ' +
    'or has from KMS by its role.',
  'AwsSolutions-ECS4':
    'Container Insights would be billed per metric and task. The workers measure what tells how the bridge is; CPU and ' +
    'memory of a service are in AWS/ECS without it.',
  'AwsSolutions-IAM5[Resource::*]':
    'ecr:GetAuthorizationToken, for which IAM knows no resource; ECS pulls the image with it.',
}

/** The id of a connection is known only once there is one. */
function ofPushing(api: BridgeApi): Findings {
  const reason =
    "POST sends to a connection and DELETE closes it: the two things a worker does, at this stage's connections alone."
  return Object.fromEntries(
    ['POST', 'DELETE'].map(method => [`AwsSolutions-IAM5[Resource::${arnOf(api, method)}]`, reason]),
  )
}

/** As cdk-nag writes what CloudFormation fills in. */
function arnOf({ api, stage }: BridgeApi, method: string): string {
  const resource = api.node.defaultChild
  const apiId = resource instanceof CfnElement ? Stack.of(api).getLogicalId(resource) : ''
  const place = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>'
  return `${place}:<${apiId}>/${stage.stageName}/${method}/@connections/*`
}
