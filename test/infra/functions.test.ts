import { join } from 'node:path'
import { Stage } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { expect, test } from 'vitest'
import { BridgeFunctions } from '../../infra/functions.ts'
import { Network } from '../../infra/network.ts'
import { Tables } from '../../infra/tables.ts'
import { namesReadBy, readSettings } from '../../shared/config.ts'
import { deploymentWith, emptyStack } from './bridge.ts'
import { statementsOf } from './policies.ts'

const stack = emptyStack({ bundling: true })
const deployment = deploymentWith()
const network = new Network(stack, 'Network', { deployment })
const tables = new Tables(stack, 'Tables', { deployment })
const functions = new BridgeFunctions(stack, 'Functions', { deployment, network, tables })
const template = Template.fromStack(stack)

const routes = ['connect', 'default', 'disconnect'] as const
const isOurs = { Properties: { Description: Match.stringLikeRegexp('^Stanzagate') } }

test('[FU1] there are three functions, on the runtime and the processor that the bundle is for', () => {
  const made = Object.values(template.findResources('AWS::Lambda::Function', isOurs))
  expect(functions.all).toHaveLength(3)
  expect(made.map(({ Properties }) => String(Properties.Handler)).toSorted()).toEqual(
    routes.map(route => `${route}.handler`),
  )
  for (const { Properties } of made)
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Timeout: 29 })
})

test('[FU2] signing in gets the processor that it needs', () => {
  for (const [route, memory] of [
    ['connect', 1769],
    ['default', 1024],
    ['disconnect', 256],
  ] as const)
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: `${route}.handler`,
      MemorySize: memory,
    })
})

test.each(routes)('[FU3] what is deployed for $%s is a bundle that exports its handler', async route => {
  const key = String(propertiesOf(route).Code.S3Key)
  const folder = join(Stage.of(stack)?.outdir ?? '', `asset.${key.replace(/\.zip$/, '')}`)
  const bundle: Record<string, unknown> = await import(join(folder, `${route}.mjs`))
  expect(bundle['handler']).toBeTypeOf('function')
})

test.each(routes)('[FU4] the environment of $%s is all that the functions read, and nothing else', route => {
  const { NODE_OPTIONS, ...environment } = environmentOf(route)
  expect(NODE_OPTIONS).toBe('--enable-source-maps --disable-proto=delete')
  expect(Object.keys(environment).toSorted()).toEqual([...namesReadBy('functions')].toSorted())
  const texts = Object.entries(environment).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  expect(readSettings('functions', Object.fromEntries(texts))).toMatchObject({
    REGISTRATION: 'closed',
    ALLOWED_ORIGINS: 'https://chat.example.org',
    SESSIONS_TABLE: expect.stringContaining('Tablessessions'),
  })
})

test('[FU5] the functions are where nothing but DynamoDB and the workers can be reached', () => {
  for (const route of routes)
    expect(JSON.stringify(propertiesOf(route).VpcConfig)).toMatch(
      /^(?=.*NetworkFunctions)(?=.*NetworkVpcfunctionsSubnet1)(?!.*NetworkVpcworkers)/,
    )
})

test('[FU6] each function logs JSON into a group of its own that forgets, without the lines of Lambda', () => {
  const groups = routes.map(route => JSON.stringify(propertiesOf(route).LoggingConfig.LogGroup))
  expect(new Set(groups).size).toBe(3)
  for (const route of routes)
    expect(propertiesOf(route).LoggingConfig).toMatchObject({
      LogFormat: 'JSON',
      SystemLogLevel: 'WARN',
      ApplicationLogLevel: 'TRACE',
    })
  template.allResources('AWS::Logs::LogGroup', {
    Properties: { RetentionInDays: 30 },
    DeletionPolicy: 'Delete',
  })
})

test.each(routes)(
  '[FU7] the role of $%s is for tables, its own log and being attached to the network',
  route => {
    const statements = statementsOf(template, `Functions${route}role`)
    const allowed = statements.filter(({ effect }) => effect === 'Allow').flatMap(({ actions }) => actions)
    expect(
      allowed.filter(action => !/^(dynamodb:|logs:(CreateLogStream|PutLogEvents)$|ec2:)/.test(action)),
    ).toEqual([])
    expect(statements.flatMap(({ actions }) => actions).join()).not.toMatch(/kms:|\*/)
  },
)

test.each(routes)('[FU8] the code of $%s cannot make network interfaces with the role', route => {
  const statements = statementsOf(template, `Functions${route}role`)
  const [allowed] = statements.filter(({ effect, resources }) => effect === 'Allow' && resources[0] === '"*"')
  const [denied] = statements.filter(({ effect }) => effect === 'Deny')
  expect(denied?.actions).toEqual(allowed?.actions)
  expect(JSON.stringify(denied?.condition)).toContain(`Functions${route}`)
})

function propertiesOf(route: (typeof routes)[number]) {
  const [made] = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { Handler: `${route}.handler` } }),
  )
  return made?.['Properties']
}

function environmentOf(route: (typeof routes)[number]): Record<string, unknown> {
  return propertiesOf(route).Environment.Variables
}
