import { join } from 'node:path'
import { Duration, Stack } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import type * as efs from 'aws-cdk-lib/aws-efs'
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import { makeFileSystem } from './file-system.ts'
import type { Network } from './network.ts'
import { SharedFolder } from './shared-folder.ts'
import { Task } from './task.ts'

export interface XmppServerProps {
  readonly deployment: Deployment
  readonly network: Network
}

/** TLS from the first byte; the only port that is open. */
const PORT = 5223
const HTTPS_PORT = 443
/** Whom it runs as, and who owns its files. */
const USER = 10_001
const DATA_DIR = '/data'
const CERTIFICATE_DIR = '/certificate'

/** Room for a few thousand sessions, and half a vCPU for their logins. More people want a server that somebody looks after. */
const SIZE = { cpu: 512, memoryMiB: 1024 }

/** It takes connections, so its certificate is in its place as well. */
const HEALTH_CHECK = {
  command: ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${PORT}`],
  interval: Duration.seconds(10),
  timeout: Duration.seconds(5),
  startPeriod: Duration.seconds(30),
}

/**
 * A Prosody for whoever has no XMPP server: one task, entered by the workers alone, with its files on EFS.
 *
 * It makes its key and certificate at its first start (`xmpp-server/start.sh`). The key never leaves a folder that nobody
 * else mounts; the certificate goes to another, which the workers may read, and is all they trust. So there is no
 * authority to run, no secret in a template, and no other server passes for this one.
 */
export class XmppServer extends Construct {
  /** For the setting XMPP_URL. */
  readonly url: string
  /** For the setting XMPP_CA_FILE, in a task that has been given the certificate. */
  readonly certificateFile: string
  readonly service: ecs.FargateService
  readonly #certificates: SharedFolder

  constructor(scope: Construct, id: string, { deployment, network }: XmppServerProps) {
    super(scope, id)
    this.url = `xmpps://xmpp.${namespaceOf(this)}:${PORT}`
    this.certificateFile = `${CERTIFICATE_DIR}/${deployment.XMPP_DOMAIN}.crt`
    const fileSystem = makeFileSystem(this, deployment, network)
    const folder = { fileSystem, owner: USER }
    const data = new SharedFolder(this, 'Data', { ...folder, name: 'data' })
    this.#certificates = new SharedFolder(this, 'Certificate', { ...folder, name: 'certificate' })
    const task = makeTask(this, deployment)
    data.mountIn(task, 'write', DATA_DIR)
    this.#certificates.mountIn(task, 'write', CERTIFICATE_DIR)
    const group = this.#connect(network, fileSystem)
    this.service = this.#run(task, network, group)
    this.service.node.addDependency(fileSystem.mountTargetsAvailable)
    // With the rules that lead to the files.
    this.service.node.addDependency(group, ...fileSystem.connections.securityGroups)
  }

  /** Lets a task read the certificate by which it knows this server. */
  giveCertificateTo(task: Task): void {
    this.#certificates.mountIn(task, 'read', CERTIFICATE_DIR)
  }

  #connect({ vpc, workersGroup }: Network, fileSystem: efs.FileSystem): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'Group', {
      vpc,
      description: 'The XMPP server: from the workers',
      allowAllOutbound: false,
    })
    group.connections.allowFrom(workersGroup, ec2.Port.tcp(PORT), 'XMPP')
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(HTTPS_PORT), 'AWS')
    for (const reader of [group, workersGroup]) fileSystem.connections.allowDefaultPortFrom(reader, 'Files')
    return group
  }

  #run(task: Task, { vpc, workerSubnets }: Network, group: ec2.SecurityGroup): ecs.FargateService {
    const cluster = new ecs.Cluster(this, 'Cluster', { vpc })
    cluster.addDefaultCloudMapNamespace({ name: namespaceOf(this), vpc })
    return new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: task.definition,
      vpcSubnets: workerSubnets,
      securityGroups: [group],
      // For its image and its logs, without a NAT.
      assignPublicIp: true,
      // Two would write over each other's files: the old one ends before the new one starts.
      desiredCount: 1,
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
      circuitBreaker: { rollback: true },
      cloudMapOptions: {
        name: 'xmpp',
        dnsRecordType: servicediscovery.DnsRecordType.A,
        // A new task has a new address, and the workers look for it at once.
        dnsTtl: Duration.seconds(5),
      },
    })
  }
}

/** Known in the VPC only, of which every bridge has its own. */
function namespaceOf(scope: Construct): string {
  return `${Stack.of(scope).stackName.toLowerCase()}.internal`
}

function makeTask(scope: Construct, { XMPP_DOMAIN, REGISTRATION, IMAGES_AS_OF }: Deployment): Task {
  return new Task(scope, 'Task', {
    name: 'prosody',
    ...SIZE,
    imageFolder: join(import.meta.dirname, 'xmpp-server'),
    imagesAsOf: IMAGES_AS_OF,
    user: `${USER}:${USER}`,
    command: ['sh', '/app/start.sh'],
    environment: { XMPP_DOMAIN, REGISTRATION, DATA_DIR, CERTIFICATE_DIR },
    healthCheck: HEALTH_CHECK,
    // It saves in milliseconds.
    stopTimeout: Duration.seconds(30),
  })
}
