import * as z from 'zod/mini'
import type { RouteKey } from '../../../local/gateway/events.ts'
import { NotWired, type Resources } from './resources.ts'

/** Whatever a client sends goes to `$default`; the gateway here knows no other selection. */
const TO_DEFAULT = String.raw`\$default`

const api = z.object({ RouteSelectionExpression: z.string() })
const stage = z.object({ ApiId: z.unknown(), StageName: z.string() })
const route = z.object({ ApiId: z.unknown(), RouteKey: z.string(), Target: z.unknown() })
const integration = z.object({ ApiId: z.unknown(), IntegrationUri: z.unknown() })
const permission = z.object({
  FunctionName: z.unknown(),
  Principal: z.unknown(),
  SourceArn: z.optional(z.unknown()),
})

export interface Routes {
  readonly apiId: string
  readonly stage: string
  /** The function of each route, by its logical id. */
  readonly functions: Readonly<Record<RouteKey, string>>
}

/**
 * Follows the way of a frame: API, route, integration, function, which the API must be allowed to call.
 * @throws NotWired where it ends.
 */
export function readRoutes(resources: Resources): Routes {
  const [entry, ...more] = resources.ofType('AWS::ApiGatewayV2::Api', api)
  if (entry === undefined || more.length > 0) throw new NotWired('There is not one WebSocket API.')
  const [apiId, { RouteSelectionExpression: selection }] = entry
  if (selection !== TO_DEFAULT) throw new NotWired(`Frames choose their route by ${selection}.`)
  return {
    apiId,
    stage: stageOf(resources, apiId),
    functions: {
      $connect: functionOf(resources, apiId, '$connect'),
      $default: functionOf(resources, apiId, '$default'),
      $disconnect: functionOf(resources, apiId, '$disconnect'),
    },
  }
}

function stageOf(resources: Resources, apiId: string): string {
  const stages = [...resources.ofType('AWS::ApiGatewayV2::Stage', stage).values()]
  const found = stages.find(({ ApiId }) => resources.text(ApiId) === apiId)
  if (found === undefined) throw new NotWired('The API has no stage.')
  return found.StageName
}

function functionOf(resources: Resources, apiId: string, key: RouteKey): string {
  const ofApi = ({ ApiId }: { ApiId: unknown }) => resources.text(ApiId) === apiId
  const routes = [...resources.ofType('AWS::ApiGatewayV2::Route', route).values()].filter(ofApi)
  const found = routes.find(({ RouteKey }) => RouteKey === key)
  if (found === undefined) throw new NotWired(`There is no route ${key}.`)
  const target = resources.text(found.Target).replace(/^integrations\//, '')
  const to = resources.ofType('AWS::ApiGatewayV2::Integration', integration).get(target)
  if (to === undefined || !ofApi(to)) throw new NotWired(`The route ${key} has no integration.`)
  // …:lambda:path/2015-03-31/functions/arn:aws:lambda:REGION:ACCOUNT:function:ID/invocations
  const id = /:function:([^/:]+)\/invocations$/.exec(resources.text(to.IntegrationUri))?.[1]
  if (id === undefined) throw new NotWired(`The integration of ${key} leads to no function.`)
  if (!isAllowed(resources, { apiId, key, id })) throw new NotWired(`${key} may not call ${id}.`)
  return id
}

function isAllowed(resources: Resources, { apiId, key, id }: { apiId: string; key: string; id: string }) {
  const permissions = [...resources.ofType('AWS::Lambda::Permission', permission).values()]
  return permissions.some(
    ({ FunctionName, Principal, SourceArn }) =>
      Principal === 'apigateway.amazonaws.com' &&
      resources.text(FunctionName).endsWith(`:function:${id}`) &&
      resources.text(SourceArn).endsWith(`:${apiId}/*${key}`),
  )
}
