import { Validations, type App } from 'aws-cdk-lib'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import type { BridgeFunctions } from './functions.ts'
import type { Network } from './network.ts'
import type { BridgeApi } from './websocket-api.ts'

/** Findings that are meant to be, by their id, each with its own reason. */
export type Findings = Readonly<Record<string, string>>

/** Has every synthesis checked against two packs of rules; a finding that nobody has answered for fails it. */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))
}

/** Answers for findings of a construct and of all that is in it. */
export function acknowledge(scope: IConstruct, findings: Findings): void {
  const answers = Object.entries(findings).map(([id, reason]) => ({ id, reason }))
  Validations.of(scope).acknowledge(...answers)
}

export interface Core {
  readonly network: Network
  readonly functions: BridgeFunctions
  readonly api: BridgeApi
}

/** Answers for what the constructs that every bridge has bring up. */
export function answerForCore({ network, functions, api }: Core): void {
  acknowledge(network, ofNetwork)
  acknowledge(functions, ofFunctions)
  acknowledge(api, ofApi)
}

const ofNetwork: Findings = {
  'AwsSolutions-VPC7':
    'A flow log would be billed for every connection and show little that is not known: the functions have no way out, ' +
    'the workers are entered by two groups at one port. Whoever has to keep flow logs adds one to the VPC; nothing here ' +
    'minds.',
}

const ofFunctions: Findings = {
  'AwsSolutions-IAM5[Resource::*]':
    'Lambda attaches a function to its VPC with the role of the function, before there is an interface that could be ' +
    'named. The code of the functions itself is denied these actions (vpc-access.ts).',
  'Serverless-LambdaDLQ':
    'API Gateway invokes the functions synchronously and the client gets the error; a dead letter queue is for ' +
    'asynchronous invokes.',
  'Serverless-LambdaTracing':
    'The request id of the gateway goes with every hand-off and into the logs of both its sides, which joins them. ' +
    'X-Ray would be billed for every frame and would not see the push.',
}

const ofApi: Findings = {
  'AwsSolutions-APIG4':
    '$connect checks the origin and, where it is sent, Basic authentication; whoever sends none has to JOIN before ' +
    'anything else. An authorizer cannot answer a browser in words, and the other routes cannot have one.',
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
    'The policy that API Gateway asks for, on the role of the account, by which the APIs of others may log as well.',
}
