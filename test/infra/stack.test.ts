import { CfnResource } from 'aws-cdk-lib'
import { Match, type Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { expect, test } from 'vitest'
import { namesReadBy } from '../../shared/config.ts'
import { bridgeWith } from './bridge.ts'
import { containerIn } from './containers.ts'
import { statementsByRole, statementsIn, type Statement } from './policies.ts'

const CUSTOM = {
  CUSTOM_DOMAIN: 'chat.example.org',
  CERTIFICATE_ARN: 'arn:aws:acm:us-east-1:1:certificate/1',
  HOSTED_ZONE: 'example.org',
}
const least = bridgeWith()
const all = bridgeWith({
  ...CUSTOM,
  XMPP_URL: '',
  XMPP_SERVER: '1',
  REGISTRATION: 'explicit',
  ALARM_EMAIL: 'ops@example.org',
})
const configurations = [
  ['the least', least],
  ['all of it', all],
] as const

test.each(configurations)('[ST1] two packs of rules find nothing unanswered: %s', (_, { stack }) => {
  for (const pack of [new AwsSolutionsChecks(stack), new ServerlessChecks(stack)])
    expect(pack.validateScope(stack).violations).toEqual([])
})

test.each(configurations)('[ST2] no role may do everything of a kind: %s', (_, { template }) => {
  expect(allowedWhere(template, ({ action }) => action.includes('*'))).toEqual([])
})

/** Actions that know no resources, or whose resources nobody can know before. */
const WITHOUT_RESOURCE =
  /^(ec2:(\w+NetworkInterfaces?|\w+PrivateIpAddresses|DescribeSubnets)|ecr:GetAuthorizationToken)$/

test.each(configurations)('[ST3] what may be done to anything cannot be narrowed: %s', (_, { template }) => {
  const toAnything = allowedWhere(
    template,
    ({ action, resources }) => resources.includes('"*"') && !WITHOUT_RESOURCE.test(action),
  )
  expect(toAnything).toEqual([])
})

test.each(configurations)('[ST4] every log forgets: %s', (_, { template }) => {
  const groups = Object.values(template.findResources('AWS::Logs::LogGroup'))
  expect(groups.length).toBeGreaterThanOrEqual(5)
  for (const { Properties } of groups) expect(Properties.RetentionInDays).toBeGreaterThan(0)
})

test.each(configurations)('[ST5] nobody from outside gets in, and there is no NAT: %s', (_, { template }) => {
  template.resourceCountIs('AWS::EC2::NatGateway', 0)
  template.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() })
  template.allResourcesProperties('AWS::EC2::SecurityGroupIngress', {
    SourceSecurityGroupId: Match.anyValue(),
    CidrIp: Match.absent(),
    CidrIpv6: Match.absent(),
  })
})

test.each(configurations)(
  '[ST6] two groups may enter the workers, at one port, and the workers are in no other group: %s',
  (_, { template }) => {
    const rules = template.findResources('AWS::EC2::SecurityGroupIngress', {
      Properties: { GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkWorkers'), 'GroupId'] } },
    })
    const entries = Object.values(rules).map(({ Properties }) => {
      const { SourceSecurityGroupId, IpProtocol, FromPort, ToPort } = Properties
      return `${SourceSecurityGroupId['Fn::GetAtt'][0]} ${IpProtocol} ${FromPort} to ${ToPort}`
    })
    expect(entries.toSorted()).toEqual([
      expect.stringMatching(/^NetworkFunctions\w+ tcp 8443 to 8443$/),
      expect.stringMatching(/^NetworkWorkers\w+ tcp 8443 to 8443$/),
    ])
    template.hasResource('AWS::ECS::Service', {
      Properties: {
        TaskDefinition: { Ref: Match.stringLikeRegexp('^Workers') },
        NetworkConfiguration: {
          AwsvpcConfiguration: {
            SecurityGroups: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkWorkers'), 'GroupId'] }],
          },
        },
      },
    })
  },
)

test('[ST7] functions have nothing to do with keys, and workers nothing with accounts', () => {
  for (const [role, statements] of statementsByRole(least.template)) {
    const text = JSON.stringify(statements)
    if (role.startsWith('Functions')) expect(text, role).not.toContain('kms:')
    if (role.startsWith('Workers')) expect(text, role).not.toMatch(/Tablesaccounts|Tablesattempts/)
  }
})

test('[ST8] the key of the sessions is used by the workers alone', () => {
  const [key] = Object.values(least.template.findResources('AWS::KMS::Key'))
  const users = statementsIn(key?.['Properties'].KeyPolicy).filter(({ actions }) =>
    actions.some(action => /\*|crypt|GenerateDataKey|CreateGrant/.test(action)),
  )
  expect(users.map(({ principal }) => principal)).toEqual([expect.stringContaining('"Workers')])
})

test('[ST9] a stack says where clients connect, how to try it and where to look, and no more', () => {
  const outputs = all.template.findOutputs('*')
  expect(Object.keys(outputs).toSorted()).toEqual(['DashboardUrl', 'TryIt', 'WebSocketUrl'])
  expect(outputs['WebSocketUrl']).toMatchObject({ Value: 'wss://chat.example.org' })
  expect(outputs['TryIt']).toMatchObject({
    Value: 'npx wscat -c wss://chat.example.org --auth name:password',
  })
  const [dashboard] = Object.values(all.template.findResources('AWS::CloudWatch::Dashboard'))
  expect(JSON.stringify(outputs['DashboardUrl']?.['Value'])).toContain(
    `#dashboards/dashboard/${dashboard?.['Properties'].DashboardName}`,
  )
})

test('[ST12] without a domain of its own a stack says the address of its stage', () => {
  const { WebSocketUrl, TryIt } = least.template.findOutputs('*')
  expect(JSON.stringify(WebSocketUrl?.['Value'])).toMatch(/"wss:\/\/",\{"Ref":"Api\w+"\}.*\/live"/)
  expect(JSON.stringify(TryIt?.['Value'])).toMatch(/"npx wscat -c wss:\/\/",\{"Ref":"Api\w+"\}/)
})

test('[ST10] the environment of a worker is all that it reads, but for what only a laptop has', () => {
  const { environment } = containerIn(least.template, 'worker')
  const names: readonly string[] = namesReadBy('worker')
  expect(Object.keys(environment).filter(name => !names.includes(name))).toEqual([])
  expect(names.filter(name => environment[name] === undefined).toSorted()).toEqual([
    'SEAL_KEY_FILE',
    'XMPP_CA_FILE',
  ])
})

const UNKNOWN_TO_AN_EMULATOR = [
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::ApiGateway::Account',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'Custom::VpcRestrictDefaultSG',
]

test('[ST11] what an emulator does not know is left out, and nothing refers to it', () => {
  const { template } = bridgeWith({ LEAVE_OUT: UNKNOWN_TO_AN_EMULATOR.join(', ') })
  const text = JSON.stringify(template.toJSON())
  const unwanted = least.stack.node
    .findAll()
    .filter(CfnResource.isCfnResource)
    .filter(({ cfnResourceType }) => UNKNOWN_TO_AN_EMULATOR.includes(cfnResourceType))
  expect(new Set(unwanted.map(({ cfnResourceType }) => cfnResourceType)).size).toBe(
    UNKNOWN_TO_AN_EMULATOR.length,
  )
  for (const { logicalId } of unwanted) expect(text).not.toContain(`"${least.stack.resolve(logicalId)}"`)
})

/** The actions that roles are allowed and that are such, each with its role. */
function allowedWhere(
  template: Template,
  isSuch: (of: { action: string; resources: Statement['resources'] }) => boolean,
): readonly string[] {
  return [...statementsByRole(template)].flatMap(([role, statements]) =>
    statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ actions, resources }) =>
        actions.filter(action => isSuch({ action, resources })).map(action => `${role}: ${action}`),
      ),
  )
}
