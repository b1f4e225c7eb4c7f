import { Aws, CfnMapping } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'
import { readTarget } from '../worker/target.ts'
import type { Deployment } from './deployment.ts'
import { dynamoDbPrefixLists } from './prefix-lists.ts'

export interface NetworkProps {
  readonly deployment: Deployment
}

/** Where the workers' hand-off API listens on AWS, so that the security groups can name it. */
export const HANDOFF_PORT = 8443
const HTTPS_PORT = 443

/**
 * A network without NAT, which would cost more than the workers do: functions in subnets without any way out but the
 * free gateway endpoint of DynamoDB, workers in public subnets that nothing from outside may enter.
 */
export class Network extends Construct {
  readonly vpc: ec2.Vpc
  readonly dynamoDb: ec2.GatewayVpcEndpoint
  readonly functionSubnets: ec2.SubnetSelection = { subnetGroupName: 'functions' }
  readonly workerSubnets: ec2.SubnetSelection = { subnetGroupName: 'workers' }
  readonly functionsGroup: ec2.SecurityGroup
  readonly workersGroup: ec2.SecurityGroup

  constructor(scope: Construct, id: string, { deployment }: NetworkProps) {
    super(scope, id)
    this.vpc = this.#makeVpc()
    this.dynamoDb = this.vpc.addGatewayEndpoint('DynamoDb', {
      service: ec2.GatewayVpcEndpointAwsService.DYNAMODB,
    })
    this.functionsGroup = this.#makeGroup('Functions', 'The functions: to the workers and to DynamoDB')
    this.workersGroup = this.#makeGroup('Workers', 'The workers: from the functions and from each other')
    this.#connect(deployment)
  }

  #makeVpc(): ec2.Vpc {
    return new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      // Nothing uses the group that comes with a VPC; without rules nothing can by mistake.
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: 'workers', subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        { name: 'functions', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
    })
  }

  #makeGroup(id: string, description: string): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false })
  }

  #connect(deployment: Deployment): void {
    const { functionsGroup, workersGroup } = this
    const [handoff, https] = [ec2.Port.tcp(HANDOFF_PORT), ec2.Port.tcp(HTTPS_PORT)]
    functionsGroup.connections.allowTo(workersGroup, handoff, 'Hand-off')
    this.#letFunctionsReachDynamoDb(deployment)
    workersGroup.connections.allowInternally(handoff, 'Hand-off between workers')
    // The management API of API Gateway, KMS, ECR and CloudWatch have no addresses that a rule could name.
    workersGroup.addEgressRule(ec2.Peer.anyIpv4(), https, 'AWS')
    const xmppPort = foreignXmppPort(deployment)
    if (xmppPort !== undefined && xmppPort !== HTTPS_PORT)
      workersGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(xmppPort), 'XMPP server')
  }

  /**
   * As a rule of the group itself. Rules beside a group that has none leave it the one that EC2 gives to each new group,
   * which lets out everything ("AWS::EC2::SecurityGroup", CloudFormation guide).
   */
  #letFunctionsReachDynamoDb(deployment: Deployment): void {
    const group = this.functionsGroup.node.defaultChild
    if (!(group instanceof ec2.CfnSecurityGroup)) return
    group.securityGroupEgress = [
      {
        description: 'DynamoDB',
        ipProtocol: 'tcp',
        fromPort: HTTPS_PORT,
        toPort: HTTPS_PORT,
        destinationPrefixListId: this.#dynamoDbPrefixList(deployment),
      },
    ]
  }

  #dynamoDbPrefixList({ DYNAMODB_PREFIX_LIST: given }: Deployment): string {
    if (given !== '') return given
    const mapping = Object.fromEntries(
      Object.entries(dynamoDbPrefixLists).map(([region, prefixList]) => [region, { prefixList }]),
    )
    return new CfnMapping(this, 'DynamoDbPrefixLists', { mapping }).findInMap(Aws.REGION, 'prefixList')
  }
}

/** Of an XMPP server elsewhere; one that runs here opens its own way. */
function foreignXmppPort({ XMPP_SERVER, XMPP_URL, XMPP_DOMAIN }: Deployment): number | undefined {
  if (XMPP_SERVER === '1') return undefined
  return readTarget(XMPP_URL, XMPP_DOMAIN, 'required', undefined).port
}
