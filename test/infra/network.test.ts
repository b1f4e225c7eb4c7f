import { Match, Template } from 'aws-cdk-lib/assertions'
import { expect, test } from 'vitest'
import { Network } from '../../infra/network.ts'
import { deploymentWith, emptyStack, type Given } from './bridge.ts'

function templateWith(given: Given = {}): Template {
  const stack = emptyStack()
  new Network(stack, 'Network', { deployment: deploymentWith(given) })
  return Template.fromStack(stack)
}

const template = templateWith()
const FUNCTIONS = { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkFunctions'), 'GroupId'] }
const WORKERS = { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkWorkers'), 'GroupId'] }
const HANDOFF = { IpProtocol: 'tcp', FromPort: 8443, ToPort: 8443 }

test('[NW1] there is no NAT and no address to pay for', () => {
  template.resourceCountIs('AWS::EC2::NatGateway', 0)
  template.resourceCountIs('AWS::EC2::EIP', 0)
})

test('[NW2] the one endpoint is the free one, for DynamoDB', () => {
  template.resourceCountIs('AWS::EC2::VPCEndpoint', 1)
  template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
    VpcEndpointType: 'Gateway',
    ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.dynamodb']] },
  })
})

test('[NW9] the subnets of the functions have that endpoint and no route', () => {
  const [endpoint] = Object.values(template.findResources('AWS::EC2::VPCEndpoint'))
  const tables = JSON.stringify(endpoint?.['Properties'].RouteTableIds)
  for (const subnet of ['functionsSubnet1', 'functionsSubnet2']) expect(tables).toContain(subnet)
  expect(JSON.stringify(template.findResources('AWS::EC2::Route'))).not.toContain('functionsSubnet')
})

test('[NW3] the way to the internet is for the subnets of the workers, which give no address by themselves', () => {
  const routes = Object.keys(template.findResources('AWS::EC2::Route'))
  expect(routes).toHaveLength(2)
  for (const route of routes) expect(route).toMatch(/^NetworkVpcworkersSubnet/)
  template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false })
})

test('[NW4] the workers are entered by the functions and by each other, at one port', () => {
  template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 2)
  for (const from of [FUNCTIONS, WORKERS])
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: WORKERS,
      SourceSecurityGroupId: from,
      ...HANDOFF,
    })
  template.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() })
})

test('[NW5] the functions get out to the workers and to DynamoDB', () => {
  template.hasResourceProperties('AWS::EC2::SecurityGroup', {
    GroupDescription: Match.stringLikeRegexp('^The functions'),
    SecurityGroupEgress: [
      {
        Description: 'DynamoDB',
        DestinationPrefixListId: {
          'Fn::FindInMap': [Match.anyValue(), { Ref: 'AWS::Region' }, 'prefixList'],
        },
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
      },
    ],
  })
  const beside = template.findResources('AWS::EC2::SecurityGroupEgress', {
    Properties: { GroupId: FUNCTIONS },
  })
  expect(Object.values(beside)).toHaveLength(1)
  template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', {
    GroupId: FUNCTIONS,
    DestinationSecurityGroupId: WORKERS,
    ...HANDOFF,
  })
})

test.each([
  [{ XMPP_URL: 'xmpp://xmpp.example.org' }, [443, 5222]],
  [{ XMPP_URL: 'xmpps://xmpp.example.org' }, [443, 5223]],
  [{ XMPP_URL: 'xmpp://xmpp.example.org:15222' }, [443, 15_222]],
  [{ XMPP_URL: 'xmpps://xmpp.example.org:443' }, [443]],
  [{ XMPP_URL: '', XMPP_SERVER: '1' }, [443]],
])('[NW6] the workers get out to AWS and to the XMPP server: %j', (given, ports) => {
  templateWith(given).hasResourceProperties('AWS::EC2::SecurityGroup', {
    GroupDescription: Match.stringLikeRegexp('^The workers'),
    SecurityGroupEgress: ports.map(port =>
      Match.objectLike({ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: port, ToPort: port }),
    ),
  })
})

test('[NW7] the group that comes with the network lets nothing in or out', () => {
  template.resourceCountIs('Custom::VpcRestrictDefaultSG', 1)
})

test('[NW8] a Region whose prefix list is not known can be told it', () => {
  templateWith({ DYNAMODB_PREFIX_LIST: 'pl-12345678' }).hasResourceProperties('AWS::EC2::SecurityGroup', {
    SecurityGroupEgress: [Match.objectLike({ DestinationPrefixListId: 'pl-12345678' })],
  })
})
