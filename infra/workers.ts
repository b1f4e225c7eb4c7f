import { join } from 'node:path'
import { Duration, Stack, Stage } from 'aws-cdk-lib'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { bundleWorker, copyDockerfile, HEALTH_COMMAND, WORKER_COMMAND } from './bundle-worker.ts'
import type { Deployment } from './deployment.ts'
import { environmentOf } from './environment.ts'
import { HANDOFF_PORT, type Network } from './network.ts'
import { scaleBySessions } from './scaling.ts'
import type { SealKey } from './seal-key.ts'
import type { Tables } from './tables.ts'
import { Task } from './task.ts'
import type { BridgeApi } from './websocket-api.ts'
import type { XmppServer } from './xmpp-server.ts'

export interface WorkersProps {
  readonly deployment: Deployment
  readonly network: Network
  readonly tables: Tables
  readonly sealKey: SealKey
  readonly api: BridgeApi
  /** The one of this stack; absent when the deployment names another. */
  readonly xmppServer?: XmppServer | undefined
}

/** The most that Fargate gives; DRAIN_MS ends before. */
const STOP_TIMEOUT = Duration.seconds(120)

/** `nonroot` of the base image of `worker/Dockerfile`. */
const USER = '65532:65532'

const HEALTH_CHECK = {
  command: HEALTH_COMMAND,
  // A worker that hangs loses its lease within 4 s, and its sessions are taken over: this only clears it away.
  interval: Duration.seconds(10),
  timeout: Duration.seconds(5),
  startPeriod: Duration.seconds(30),
}

/**
 * The processes that hold the sessions. A deployment starts the new ones first; each old one then hands its sessions over
 * and ends.
 */
export class Workers extends Construct {
  readonly service: ecs.FargateService
  readonly role: iam.IRole
  readonly logGroup: logs.ILogGroup

  constructor(scope: Construct, id: string, props: WorkersProps) {
    super(scope, id)
    const { deployment, xmppServer } = props
    const task = new Task(this, 'Task', {
      name: 'worker',
      cpu: deployment.WORKER_CPU,
      memoryMiB: deployment.WORKER_MEMORY_MIB,
      imageFolder: this.#imageFolder(),
      imagesAsOf: deployment.IMAGES_AS_OF,
      user: USER,
      command: WORKER_COMMAND,
      environment: environmentFor(props, Stack.of(this)),
      healthCheck: HEALTH_CHECK,
      stopTimeout: STOP_TIMEOUT,
    })
    this.role = task.definition.taskRole
    this.logGroup = task.logGroup
    this.#grant(props)
    xmppServer?.giveCertificateTo(task)
    this.service = this.#run(task, props)
    // A worker reads the certificate when it starts, so both must be there before: the certificate, and the way to it.
    if (xmppServer) this.service.node.addDependency(xmppServer, props.network.workersGroup)
    scaleBySessions(this.service, deployment)
  }

  #imageFolder(): string {
    const folder = join(Stage.of(this)?.outdir ?? 'cdk.out', 'worker-image')
    if (Stack.of(this).bundlingRequired) bundleWorker(folder)
    else copyDockerfile(folder)
    return folder
  }

  #grant({ tables, sealKey, api }: WorkersProps): void {
    tables.grantToWorkers(this.role)
    sealKey.grantToWorkers(this.role)
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['execute-api:ManageConnections'],
        resources: [api.connectionsArn('POST'), api.connectionsArn('DELETE')],
      }),
    )
  }

  #run(task: Task, { network }: WorkersProps): ecs.FargateService {
    return new ecs.FargateService(this, 'Service', {
      cluster: new ecs.Cluster(this, 'Cluster', { vpc: network.vpc }),
      taskDefinition: task.definition,
      vpcSubnets: network.workerSubnets,
      securityGroups: [network.workersGroup],
      // The way to AWS and to the XMPP server without a NAT; the group lets nobody in from outside.
      assignPublicIp: true,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
    })
  }
}

function environmentFor(
  { deployment, tables, sealKey, api, xmppServer }: WorkersProps,
  { stackName }: Stack,
) {
  const { byName } = tables
  return environmentOf('worker', {
    ...deployment,
    XMPP_URL: xmppServer?.url ?? deployment.XMPP_URL,
    XMPP_CA_FILE: xmppServer?.certificateFile ?? '',
    WORKERS_TABLE: byName.workers.tableName,
    SESSIONS_TABLE: byName.sessions.tableName,
    CONNECTIONS_TABLE: byName.connections.tableName,
    MANAGEMENT_ENDPOINT: api.managementEndpoint,
    KMS_KEY_ID: sealKey.key.keyArn,
    HANDOFF_HOST: 'task',
    HANDOFF_PORT,
    HEALTH_PORT: 8081,
    METRICS: '1',
    METRICS_SERVICE: stackName,
  })
}
