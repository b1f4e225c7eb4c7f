import * as z from 'zod/mini'
import { BadSetting } from '../shared/config.ts'

/** The value of HANDOFF_HOST that stands for the address of the ECS task. */
const OF_TASK = 'task'
/** Where ECS tells a container about its task. */
const METADATA = 'ECS_CONTAINER_METADATA_URI_V4'
/** It is asked on the same host, and answers in milliseconds. */
const ANSWER_WITHIN_MS = 5000

/** The container's network is there before the container is; other containers of the task may have none yet. */
const taskMetadata = z.object({
  Containers: z.array(
    z.object({
      Networks: z.optional(z.array(z.object({ IPv4Addresses: z.optional(z.array(z.ipv4())) }))),
    }),
  ),
})
type TaskMetadata = z.infer<typeof taskMetadata>

/** ECS does not say under which address this task is reached. */
export class AddressUnknown extends Error {
  override readonly name = 'AddressUnknown'
}

/**
 * The address on which the worker listens and which it publishes: HANDOFF_HOST as it stands or, for `task`, the private one
 * of the ECS task, which all its containers share ("Amazon ECS task metadata endpoint version 4 for tasks on Fargate").
 * @throws BadSetting when it is `task` and no ECS is there, AddressUnknown when ECS does not answer as it should.
 */
export async function handoffAddress(
  host: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (host !== OF_TASK) return host
  const endpoint = env[METADATA]
  if (endpoint === undefined)
    throw new BadSetting('HANDOFF_HOST', `may be ${OF_TASK} on ECS alone: there is no ${METADATA}`)
  const address = addressIn(await ask(`${endpoint}/task`))
  if (address === undefined) throw new AddressUnknown('The task has no IPv4 address.')
  return address
}

function addressIn({ Containers: containers }: TaskMetadata): string | undefined {
  const networks = containers.flatMap(container => container.Networks ?? [])
  return networks.flatMap(network => network.IPv4Addresses ?? [])[0]
}

async function ask(url: string): Promise<TaskMetadata> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return taskMetadata.parse(await response.json())
  } catch (cause) {
    throw new AddressUnknown('The metadata of the task cannot be read.', { cause })
  }
}
