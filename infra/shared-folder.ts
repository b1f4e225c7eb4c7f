import * as efs from 'aws-cdk-lib/aws-efs'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { Task } from './task.ts'

export interface SharedFolderProps {
  readonly fileSystem: efs.FileSystem
  /** The folder, in the root of the file system. */
  readonly name: string
  /** The id of the user and of the group that everything in it belongs to, whoever writes. */
  readonly owner: number
}

const MOUNT = 'elasticfilesystem:ClientMount'
const WRITE = 'elasticfilesystem:ClientWrite'

/**
 * A folder of a file system, which tasks mount as if it were all there is (an EFS access point): with the leave of IAM,
 * and encrypted on the way.
 */
export class SharedFolder extends Construct {
  readonly #fileSystem: efs.FileSystem
  readonly #name: string
  readonly #accessPoint: efs.AccessPoint

  constructor(scope: Construct, id: string, { fileSystem, name, owner }: SharedFolderProps) {
    super(scope, id)
    const ids = { uid: String(owner), gid: String(owner) }
    this.#fileSystem = fileSystem
    this.#name = name
    this.#accessPoint = new efs.AccessPoint(this, 'AccessPoint', {
      fileSystem,
      path: `/${name}`,
      posixUser: ids,
      createAcl: { ownerUid: ids.uid, ownerGid: ids.gid, permissions: '700' },
    })
  }

  /** Puts the folder into the container of a task, at `containerPath`. */
  mountIn(task: Task, access: 'read' | 'write', containerPath: string): void {
    task.definition.addVolume({
      name: this.#name,
      efsVolumeConfiguration: {
        fileSystemId: this.#fileSystem.fileSystemId,
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId: this.#accessPoint.accessPointId, iam: 'ENABLED' },
      },
    })
    task.container.addMountPoints({
      sourceVolume: this.#name,
      containerPath,
      readOnly: access === 'read',
    })
    task.definition.addToTaskRolePolicy(
      new iam.PolicyStatement({
        actions: access === 'read' ? [MOUNT] : [MOUNT, WRITE],
        resources: [this.#fileSystem.fileSystemArn],
        conditions: {
          StringEquals: { 'elasticfilesystem:AccessPointArn': this.#accessPoint.accessPointArn },
        },
      }),
    )
  }
}
