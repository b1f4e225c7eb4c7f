import { RemovalPolicy } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as efs from 'aws-cdk-lib/aws-efs'
import * as iam from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import type { Network } from './network.ts'

/**
 * An encrypted file system in the workers' subnets, with daily backups if it is to be kept. IAM says who may mount and
 * write what: with a policy of its own, EFS lets in nobody for being near ("Using IAM to control file system data
 * access", EFS guide).
 */
export function makeFileSystem(
  scope: Construct,
  { REMOVAL }: Deployment,
  { vpc, workerSubnets }: Network,
): efs.FileSystem {
  const kept = REMOVAL === 'keep'
  return new efs.FileSystem(scope, 'Files', {
    vpc,
    vpcSubnets: workerSubnets,
    securityGroup: new ec2.SecurityGroup(scope, 'FilesGroup', {
      vpc,
      description: 'The files of the XMPP server',
      allowAllOutbound: false,
    }),
    encrypted: true,
    fileSystemPolicy: new iam.PolicyDocument({ statements: [nothingInTheClear()] }),
    // Not what it says: without it CDK adds a statement by which whoever may mount may write as root (aws-cdk #36224).
    allowAnonymousAccess: true,
    enableAutomaticBackups: kept,
    removalPolicy: kept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  })
}

function nothingInTheClear(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: [
      'elasticfilesystem:ClientMount',
      'elasticfilesystem:ClientRootAccess',
      'elasticfilesystem:ClientWrite',
    ],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  })
}
