import * as z from 'zod/mini'
import type { NamedTable } from '../../../local/dynamo/tables.ts'
import type { RouteKey } from '../../../local/gateway/events.ts'
import { NotWired, Resources } from './resources.ts'
import { readRoutes } from './routes.ts'
import { readContainer, type Container } from './tasks.ts'

/** How the parts of the bridge find each other, as the template says it. */
export interface Wiring {
  readonly functions: Readonly<Record<RouteKey, FunctionOfRoute>>
  readonly tables: readonly NamedTable[]
  readonly worker: Container
  readonly xmppServer: Container
  readonly stage: string
  /** Where workers push. */
  readonly managementEndpoint: string
  /** The name in the VPC of the XMPP server. */
  readonly xmppHost: string
}

export interface FunctionOfRoute {
  /** Of its bundle, by which the assembly knows the folder. */
  readonly codeHash: string
  /** The file in it that exports `handler`, without its ending. */
  readonly module: string
  readonly environment: Readonly<Record<string, string>>
}

const lambda = z.object({
  Handler: z.string().check(z.regex(/^\w+\.handler$/)),
  Code: z.object({ S3Key: z.string().check(z.regex(/\.zip$/)) }),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
})
const anyFunction = z.looseObject({})

const hashKey = z
  .array(z.object({ AttributeName: z.string(), KeyType: z.literal('HASH') }))
  .check(z.length(1))
const table = z.object({
  TableName: z.string(),
  KeySchema: hashKey,
  TimeToLiveSpecification: z.optional(z.object({ AttributeName: z.string(), Enabled: z.literal(true) })),
  GlobalSecondaryIndexes: z.optional(
    z.array(
      z.object({
        IndexName: z.string(),
        KeySchema: hashKey,
        Projection: z.object({ ProjectionType: z.literal('KEYS_ONLY') }),
      }),
    ),
  ),
})

const discovered = z.object({ Name: z.string(), NamespaceId: z.unknown() })
const namespace = z.object({ Name: z.string() })

/**
 * Reads a template of the whole stack, with an XMPP server of its own.
 * @throws NotWired where a part is missing or does not lead to the next; z.ZodError where one is not as it should be.
 */
export function readWiring(template: unknown): Wiring {
  const resources = new Resources(template)
  const { apiId, stage, functions } = readRoutes(resources)
  return {
    functions: {
      $connect: readFunction(resources, functions.$connect),
      $default: readFunction(resources, functions.$default),
      $disconnect: readFunction(resources, functions.$disconnect),
    },
    tables: readTables(resources),
    worker: readContainer(resources, 'worker'),
    xmppServer: readContainer(resources, 'prosody'),
    stage,
    // "Use @connections commands in your backend service", API Gateway Developer Guide.
    managementEndpoint: resources.text({
      'Fn::Sub': `https://\${${apiId}}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/${stage}`,
    }),
    xmppHost: readXmppHost(resources),
  }
}

function readFunction(resources: Resources, id: string): FunctionOfRoute {
  const json = resources.ofType('AWS::Lambda::Function', anyFunction).get(id)
  if (json === undefined) throw new NotWired(`There is no function ${id}.`)
  const { Handler, Code, Environment } = lambda.parse(json)
  const variables = Object.entries(Environment.Variables)
  return {
    codeHash: Code.S3Key.replace(/\.zip$/, ''),
    module: Handler.replace(/\.handler$/, ''),
    environment: Object.fromEntries(variables.map(([name, value]) => [name, resources.text(value)])),
  }
}

function readTables(resources: Resources): readonly NamedTable[] {
  const tables = [...resources.ofType('AWS::DynamoDB::GlobalTable', table)]
  return tables.map(([name, { TableName, KeySchema, GlobalSecondaryIndexes: indexes = [], ...rest }]) => ({
    physicalName: TableName,
    definition: {
      name,
      key: nameIn(KeySchema),
      ...(rest.TimeToLiveSpecification && { ttl: rest.TimeToLiveSpecification.AttributeName }),
      indexes: indexes.map(index => ({ name: index.IndexName, key: nameIn(index.KeySchema) })),
    },
  }))
}

function nameIn([key]: z.infer<typeof hashKey>): string {
  return key?.AttributeName ?? ''
}

function readXmppHost(resources: Resources): string {
  const [service] = resources.ofType('AWS::ServiceDiscovery::Service', discovered).values()
  const namespaces = resources.ofType('AWS::ServiceDiscovery::PrivateDnsNamespace', namespace)
  const within = service && namespaces.get(resources.text(service.NamespaceId).replace(/\.Id$/, ''))
  if (within === undefined) throw new NotWired('The XMPP server has no name.')
  return `${service?.Name}.${within.Name}`
}
