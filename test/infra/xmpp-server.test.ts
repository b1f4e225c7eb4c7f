import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { bridgeWith } from './bridge.ts'
import { containerIn } from './containers.ts'
import { statementsIn, statementsOf, type Statement } from './policies.ts'

const GIVEN = { XMPP_SERVER: '1', XMPP_URL: '', REGISTRATION: 'explicit' }
const { template } = bridgeWith(GIVEN)
const SERVER = { 'Fn::GetAtt': [Match.stringLikeRegexp('^XmppServerGroup'), 'GroupId'] }
const FILES = { 'Fn::GetAtt': [Match.stringLikeRegexp('^XmppServerFilesGroup'), 'GroupId'] }
const WORKERS = { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkWorkers'), 'GroupId'] }

describe('the XMPP server', () => {
  test('[XV1] is there only when it is asked for', () => {
    const { template: without } = bridgeWith()
    without.resourceCountIs('AWS::ECS::Service', 1)
    without.resourceCountIs('AWS::EFS::FileSystem', 0)
  })

  test('[XV2] is one task, of which the old one ends before the new one starts', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 1,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 0,
        MaximumPercent: 100,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
    })
  })

  test('[XV3] is entered by the workers, at the port that speaks TLS', () => {
    const rules = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'))
    const toServer = rules.filter(({ Properties }) =>
      JSON.stringify(Properties.GroupId).includes('XmppServerGroup'),
    )
    expect(toServer).toHaveLength(1)
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: SERVER,
      SourceSecurityGroupId: WORKERS,
      FromPort: 5223,
      ToPort: 5223,
    })
  })

  test('[XV4] runs on arm64, as nobody, with nothing to write to but its two folders', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
      ContainerDefinitions: [
        Match.objectLike({
          Name: 'prosody',
          User: '10001:10001',
          ReadonlyRootFilesystem: true,
          LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
          MountPoints: [
            { ContainerPath: '/data', ReadOnly: false, SourceVolume: 'data' },
            { ContainerPath: '/certificate', ReadOnly: false, SourceVolume: 'certificate' },
          ],
        }),
      ],
    })
  })

  test('[XV5] is told its domain and who may register', () => {
    expect(containerIn(template, 'prosody').environment).toEqual({
      XMPP_DOMAIN: 'example.org',
      REGISTRATION: 'explicit',
      DATA_DIR: '/data',
      CERTIFICATE_DIR: '/certificate',
    })
  })

  test('[XV6] has a name in the network that outlives its tasks, and the workers dial it', () => {
    template.hasResourceProperties('AWS::ServiceDiscovery::PrivateDnsNamespace', { Name: 'bridge.internal' })
    template.hasResourceProperties('AWS::ServiceDiscovery::Service', {
      Name: 'xmpp',
      DnsConfig: { DnsRecords: [{ TTL: 5, Type: 'A' }] },
    })
    expect(containerIn(template, 'worker').environment).toMatchObject({
      XMPP_URL: 'xmpps://xmpp.bridge.internal:5223',
      XMPP_CA_FILE: '/certificate/example.org.crt',
    })
  })
})

describe('the files of the XMPP server', () => {
  test('[XV7] are encrypted, kept and backed up', () => {
    template.hasResource('AWS::EFS::FileSystem', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { Encrypted: true, BackupPolicy: { Status: 'ENABLED' } },
    })
  })

  test('[XV8] go with a stack that is not to keep anything', () => {
    bridgeWith({ ...GIVEN, REMOVAL: 'destroy' }).template.hasResource('AWS::EFS::FileSystem', {
      DeletionPolicy: 'Delete',
      Properties: { BackupPolicy: Match.absent() },
    })
  })

  test('[XV9] are let out to nobody for being near, and to nobody in the clear', () => {
    const [files] = Object.values(template.findResources('AWS::EFS::FileSystem'))
    const statements = statementsIn(files?.['Properties'].FileSystemPolicy)
    expect(statements.map(({ effect }) => effect)).toEqual(['Deny'])
    expect(statements[0]?.condition).toEqual({ Bool: { 'aws:SecureTransport': 'false' } })
  })

  test('[XV10] are reached by the server and the workers, and mounted with the leave of IAM', () => {
    for (const from of [SERVER, WORKERS])
      template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
        GroupId: FILES,
        SourceSecurityGroupId: from,
        FromPort: 2049,
      })
    const tasks = Object.values(template.findResources('AWS::ECS::TaskDefinition'))
    const volumes = tasks.flatMap(({ Properties }) => Properties.Volumes)
    expect(volumes).toHaveLength(3)
    for (const { EFSVolumeConfiguration: volume } of volumes)
      expect(volume).toMatchObject({ TransitEncryption: 'ENABLED', AuthorizationConfig: { IAM: 'ENABLED' } })
  })

  const mounting = (role: string): readonly Statement[] =>
    statementsOf(template, role).filter(({ actions }) => actions.includes('elasticfilesystem:ClientMount'))

  test('[XV11] the server writes both folders', () => {
    const statements = mounting('XmppServerTaskDefinitionTaskRole')
    expect(statements).toHaveLength(2)
    for (const { actions } of statements)
      expect(actions).toEqual(['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'])
  })

  test('[XV12] a worker reads the certificate, and never what lies beside the key', () => {
    const [statement, ...more] = mounting('WorkersTaskDefinitionTaskRole')
    expect(more).toEqual([])
    expect(statement?.actions).toEqual(['elasticfilesystem:ClientMount'])
    expect(JSON.stringify(statement?.condition)).toContain('XmppServerCertificateAccessPoint')
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Name: 'worker',
          MountPoints: [{ ContainerPath: '/certificate', ReadOnly: true, SourceVolume: 'certificate' }],
        }),
      ],
    })
  })

  test('[XV13] the workers start when the server has made its certificate', () => {
    const services = template.findResources('AWS::ECS::Service')
    const named = (word: string) => Object.keys(services).find(id => id.startsWith(word)) ?? ''
    expect(services[named('WorkersService')]?.['DependsOn']).toContain(named('XmppServerService'))
  })
})
