import { Size, type Duration } from 'aws-cdk-lib'
import { Platform } from 'aws-cdk-lib/aws-ecr-assets'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import type * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { makeLogGroup } from './log-group.ts'

export interface TaskProps {
  /** Of the container, and in the names of its log streams. */
  readonly name: string
  /** 1,024 are one vCPU. */
  readonly cpu: number
  readonly memoryMiB: number
  /** The folder with the Dockerfile and what it copies. */
  readonly imageFolder: string
  /** The setting IMAGES_AS_OF. */
  readonly imagesAsOf: string
  /** Whom the program runs as; never root. */
  readonly user: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** A program that ends with 0 while all is well. */
  readonly healthCheck: HealthCheck
  /** Between SIGTERM and SIGKILL; 120 s at the most on Fargate. */
  readonly stopTimeout: Duration
}

interface HealthCheck {
  readonly command: readonly string[]
  readonly interval: Duration
  readonly timeout: Duration
  /** Failures after the start that do not count. */
  readonly startPeriod: Duration
}

/** What waits for CloudWatch before lines are dropped: "awslogs", ECS guide, advises this much against losing any. */
const LOG_BUFFER = Size.mebibytes(25)

/**
 * One container on Fargate (arm64, a fifth cheaper) that may do nothing but what it is for: no root, no capabilities, no
 * disk to write to, and a log that never holds it up.
 */
export class Task extends Construct {
  readonly definition: ecs.FargateTaskDefinition
  readonly container: ecs.ContainerDefinition
  readonly logGroup: logs.LogGroup

  constructor(scope: Construct, id: string, props: TaskProps) {
    super(scope, id)
    this.logGroup = makeLogGroup(this, 'Logs')
    this.definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      cpu: props.cpu,
      memoryLimitMiB: props.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    })
    this.container = this.definition.addContainer(props.name, {
      image: imageOf(props),
      user: props.user,
      command: [...props.command],
      environment: { ...props.environment },
      healthCheck: { ...props.healthCheck, command: ['CMD', ...props.healthCheck.command] },
      stopTimeout: props.stopTimeout,
      readonlyRootFilesystem: true,
      linuxParameters: this.#linux(),
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: 'task',
        logGroup: this.logGroup,
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: LOG_BUFFER,
      }),
    })
  }

  #linux(): ecs.LinuxParameters {
    // As process 1, a program has to reap the children of others, such as those of health checks.
    const linux = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true })
    linux.dropCapabilities(ecs.Capability.ALL)
    return linux
  }
}

/** Known by the hash of its folder, in which nothing changes when a base image does: the argument makes it another one. */
function imageOf({ imageFolder, imagesAsOf }: TaskProps): ecs.ContainerImage {
  return ecs.ContainerImage.fromAsset(imageFolder, {
    platform: Platform.LINUX_ARM64,
    ...(imagesAsOf !== '' && { buildArgs: { IMAGES_AS_OF: imagesAsOf } }),
  })
}
