import { Template } from 'aws-cdk-lib/assertions'
import { expect, test } from 'vitest'
import { BridgeFunctions } from '../../infra/functions.ts'
import { Network } from '../../infra/network.ts'
import { Tables } from '../../infra/tables.ts'
import { BridgeApi } from '../../infra/websocket-api.ts'
import { deploymentWith, emptyStack, type Given } from './bridge.ts'

function apiWith(given: Given = {}) {
  const stack = emptyStack()
  const deployment = deploymentWith(given)
  const network = new Network(stack, 'Network', { deployment })
  const tables = new Tables(stack, 'Tables', { deployment })
  const functions = new BridgeFunctions(stack, 'Functions', { deployment, network, tables })
  const api = new BridgeApi(stack, 'Api', { deployment, functions })
  const resolve = (value: string) => JSON.stringify(stack.resolve(value))
  return { api, resolve, template: Template.fromStack(stack) }
}

const { api, resolve, template } = apiWith()
const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'))
const OWN_ADDRESS =
  /\{"Ref":"Api\w+"\},"\.execute-api\.",\{"Ref":"AWS::Region"\},"\.",\{"Ref":"AWS::URLSuffix"\},"\/live"/

test('[WA1] each route calls its own function, and whatever a client sends goes to $default', () => {
  const integrations = template.findResources('AWS::ApiGatewayV2::Integration')
  const called = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => {
    const target = JSON.stringify(Properties.Target)
    const [, uri] = Object.entries(integrations).find(([id]) => target.includes(id)) ?? []
    return [Properties.RouteKey, /Functions([a-z]+)[0-9A-F]{8}/.exec(JSON.stringify(uri))?.[1]]
  })
  expect(Object.fromEntries(called)).toEqual({
    $connect: 'connect',
    $default: 'default',
    $disconnect: 'disconnect',
  })
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '\\$default',
  })
})

test('[WA2] a function answers nothing by itself: no route has a response', () => {
  template.resourceCountIs('AWS::ApiGatewayV2::RouteResponse', 0)
})

test('[WA3] the stage is deployed by itself and takes half of what the account may', () => {
  expect(stage?.['Properties']).toMatchObject({
    StageName: 'live',
    AutoDeploy: true,
    DefaultRouteSettings: { ThrottlingRateLimit: 5000, ThrottlingBurstLimit: 2500 },
  })
})

test('[WA10] where the account may less, as in small Regions, the stage takes what it is told', () => {
  apiWith({ REQUESTS_PER_SECOND: '1250', REQUEST_BURST: '625' }).template.hasResourceProperties(
    'AWS::ApiGatewayV2::Stage',
    { DefaultRouteSettings: { ThrottlingRateLimit: 1250, ThrottlingBurstLimit: 625 } },
  )
})

test('[WA4] no execution log, whose lines would hold whole events', () => {
  expect(JSON.stringify(template.toJSON())).not.toMatch(/DataTraceEnabled|LoggingLevel/)
})

test('[WA5] the access log is JSON of ids, codes and times, and has nothing that a client wrote', () => {
  const { Format, DestinationArn } = stage?.['Properties'].AccessLogSettings ?? {}
  const format: Record<string, string> = JSON.parse(Format)
  expect(Object.values(format)).toEqual(expect.arrayContaining(['$context.requestId', '$context.status']))
  expect(Format).not.toMatch(/authorizer|userAgent|body|header|query|routeKey/i)
  expect(JSON.stringify(DestinationArn)).toContain('ApiAccessLog')
})

test('[WA6] workers push to the own address of the stage, by two methods', () => {
  expect(resolve(api.managementEndpoint)).toMatch(OWN_ADDRESS)
  expect(resolve(api.url)).toMatch(OWN_ADDRESS)
  expect(resolve(api.url)).toContain('wss://')
  expect(resolve(api.managementEndpoint)).toContain('https://')
})

test('[WA7] the role by which API Gateway logs is there before the stage, and stays for others', () => {
  template.hasResource('AWS::ApiGateway::Account', { DeletionPolicy: 'RetainExceptOnCreate' })
  expect(stage?.['DependsOn']).toContainEqual(expect.stringMatching(/^ApiLogRoleAccount/))
  apiWith({ ACCOUNT_LOG_ROLE: '0' }).template.resourceCountIs('AWS::ApiGateway::Account', 0)
})

const CUSTOM = { CUSTOM_DOMAIN: 'chat.example.org', CERTIFICATE_ARN: 'arn:aws:acm:us-east-1:1:certificate/1' }

test('[WA8] clients use the domain that is given, and the workers push to the stage all the same', () => {
  const custom = apiWith(CUSTOM)
  expect(custom.api.url).toBe('wss://chat.example.org')
  expect(custom.resolve(custom.api.managementEndpoint)).toMatch(OWN_ADDRESS)
  custom.template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
    DomainName: 'chat.example.org',
    DomainNameConfigurations: [
      { CertificateArn: CUSTOM.CERTIFICATE_ARN, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
    ],
  })
  custom.template.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1)
  custom.template.resourceCountIs('AWS::Route53::RecordSet', 0)
})

test('[WA9] a zone that is here gets the record', () => {
  apiWith({ ...CUSTOM, HOSTED_ZONE: 'example.org' }).template.hasResourceProperties(
    'AWS::Route53::RecordSet',
    { HostedZoneName: 'example.org.', Type: 'A' },
  )
})
