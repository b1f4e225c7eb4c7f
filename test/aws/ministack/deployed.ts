import * as z from 'zod/mini'
import type { RouteKey } from '../../../local/gateway/events.ts'
import { callAws, type Call } from '../aws-call.ts'

/** What a deployed stack says about itself. */
export interface Deployed {
  /** The name of each route's function, found by the way that a frame takes: route, integration, function. */
  readonly functions: Readonly<Record<RouteKey, string>>
  readonly worker: WorkerContainer
}

export interface WorkerContainer {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const routes = z.object({ items: z.array(z.object({ routeKey: z.string(), target: z.string() })) })
const integrations = z.object({
  items: z.array(z.object({ integrationId: z.string(), integrationUri: z.string() })),
})
const taskDefinitions = z.object({ taskDefinitionArns: z.array(z.string()) })
const taskDefinition = z.object({
  taskDefinition: z.object({
    containerDefinitions: z.array(
      z.object({
        name: z.string(),
        command: z.array(z.string()),
        environment: z.array(z.object({ name: z.string(), value: z.string() })),
      }),
    ),
  }),
})

/** Asks the APIs of the account what was deployed. @throws CallRefused */
export async function readDeployed(endpoint: string, webSocketUrl: string): Promise<Deployed> {
  const ask = async (call: Call): Promise<unknown> => (await callAws(endpoint, call)).json()
  const apiId = new URL(webSocketUrl).hostname.split('.')[0] ?? ''
  return { functions: await readFunctions(ask, apiId), worker: await readWorker(ask) }
}

type Ask = (call: Call) => Promise<unknown>

async function readFunctions(ask: Ask, apiId: string): Promise<Deployed['functions']> {
  const get = (what: string) =>
    ask({ service: 'apigateway', method: 'GET', path: `/v2/apis/${apiId}/${what}` })
  const { items: byKey } = routes.parse(await get('routes'))
  const { items: byId } = integrations.parse(await get('integrations'))
  const functionOf = (key: RouteKey) => {
    const target = byKey.find(route => route.routeKey === key)?.target
    const uri = byId.find(each => target === `integrations/${each.integrationId}`)?.integrationUri
    // …:lambda:path/2015-03-31/functions/arn:aws:lambda:REGION:ACCOUNT:function:NAME/invocations
    const name = /:function:([^/:]+)/.exec(uri ?? '')?.[1]
    if (name === undefined) throw new NotDeployed(`The route ${key} leads to no function.`)
    return name
  }
  return {
    $connect: functionOf('$connect'),
    $default: functionOf('$default'),
    $disconnect: functionOf('$disconnect'),
  }
}

async function readWorker(ask: Ask): Promise<WorkerContainer> {
  const ecs = (operation: string, body: unknown) =>
    ask({ service: 'ecs', target: `AmazonEC2ContainerServiceV20141113.${operation}`, body })
  const { taskDefinitionArns } = taskDefinitions.parse(await ecs('ListTaskDefinitions', {}))
  const described = await Promise.all(
    taskDefinitionArns.map(async arn =>
      taskDefinition.parse(await ecs('DescribeTaskDefinition', { taskDefinition: arn })),
    ),
  )
  const containers = described.flatMap(each => each.taskDefinition.containerDefinitions)
  const worker = containers.find(({ name }) => name === 'worker')
  if (worker === undefined) throw new NotDeployed('There is no task definition of a worker.')
  const environment = Object.fromEntries(worker.environment.map(({ name, value }) => [name, value]))
  return { command: worker.command, environment }
}

/** A part of the stack is not there, or does not lead to the next. */
export class NotDeployed extends Error {
  override readonly name = 'NotDeployed'
}
