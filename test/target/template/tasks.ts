import * as z from 'zod/mini'
import { NotWired, type Resources } from './resources.ts'

/** A container of a task, as ECS would start it. */
export interface Container {
  /** Of its image, by which the assembly knows the folder. */
  readonly imageHash: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
}

/** A shared folder, as this container sees it. */
interface Mount {
  readonly path: string
  /** The same in every container that shares it. */
  readonly folder: string
}

const container = z.object({
  Name: z.string(),
  Image: z.unknown(),
  Command: z.array(z.string()),
  Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
  MountPoints: z.optional(z.array(z.object({ ContainerPath: z.string(), SourceVolume: z.string() }))),
})
const task = z.object({
  ContainerDefinitions: z.tuple([container]),
  Volumes: z.optional(
    z.array(
      z.object({
        Name: z.string(),
        EFSVolumeConfiguration: z.object({
          AuthorizationConfig: z.object({ AccessPointId: z.unknown() }),
        }),
      }),
    ),
  ),
})
type Volumes = NonNullable<z.infer<typeof task>['Volumes']>

/** @throws NotWired when no task has a container of that name. */
export function readContainer(resources: Resources, name: string): Container {
  const tasks = [...resources.ofType('AWS::ECS::TaskDefinition', task).values()]
  const found = tasks.find(({ ContainerDefinitions: [{ Name }] }) => Name === name)
  if (found === undefined) throw new NotWired(`There is no container ${name}.`)
  const {
    Volumes: volumes = [],
    ContainerDefinitions: [it],
  } = found
  return {
    // REGISTRY/REPOSITORY:HASH
    imageHash: resources.text(it.Image).split(':').at(-1) ?? '',
    command: it.Command,
    environment: Object.fromEntries(it.Environment.map(each => [each.Name, resources.text(each.Value)])),
    mounts: (it.MountPoints ?? []).map(({ ContainerPath: path, SourceVolume: volume }) => ({
      path,
      folder: folderOf(resources, volumes, volume),
    })),
  }
}

function folderOf(resources: Resources, volumes: Volumes, name: string): string {
  const found = volumes.find(({ Name }) => Name === name)
  if (found === undefined) throw new NotWired(`There is no volume ${name}.`)
  return resources.text(found.EFSVolumeConfiguration.AuthorizationConfig.AccessPointId)
}
