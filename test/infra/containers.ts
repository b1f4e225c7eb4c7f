import type { Template } from 'aws-cdk-lib/assertions'
import * as z from 'zod/mini'

const container = z.object({
  Name: z.string(),
  User: z.string(),
  Command: z.array(z.string()),
  HealthCheck: z.object({ Command: z.array(z.string()) }),
  Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
})
const task = z.object({ Properties: z.object({ ContainerDefinitions: z.tuple([container]) }) })

/** What ECS would start, as a template says it. */
export interface Container {
  /** And group, by their numbers. */
  readonly user: string
  readonly command: readonly string[]
  /** Without the word CMD. */
  readonly healthCheck: readonly string[]
  /** Texts, and what CloudFormation makes a text of. */
  readonly environment: Readonly<Record<string, unknown>>
}

export function containerIn(template: Template, name: string): Container {
  const tasks = Object.values(template.findResources('AWS::ECS::TaskDefinition'))
  const containers = tasks.flatMap(each => task.parse(each).Properties.ContainerDefinitions)
  const found = containers.find(({ Name }) => Name === name)
  if (found === undefined) throw new Error(`There is no container ${name}.`)
  const [kind, ...healthCheck] = found.HealthCheck.Command
  if (kind !== 'CMD') throw new Error(`A health check of the kind ${kind}.`)
  return {
    user: found.User,
    command: found.Command,
    healthCheck,
    environment: Object.fromEntries(found.Environment.map(({ Name, Value }) => [Name, Value])),
  }
}

/** The environment of a container as it stands, but for what only AWS can fill in and what this machine has elsewhere. */
export function environmentHere(
  { environment }: Pick<Container, 'environment'>,
  standIns: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => {
    const here = standIns[name] ?? value
    if (typeof here !== 'string') throw new Error(`${name} needs a stand-in: ${JSON.stringify(value)}`)
    return [name, here] as const
  })
  return Object.fromEntries(entries)
}
