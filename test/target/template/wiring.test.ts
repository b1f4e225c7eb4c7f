import { expect, test } from 'vitest'
import { tables } from '../../../shared/stores/definitions.ts'
import type { TableDefinition } from '../../../shared/stores/table.ts'
import { bridgeWith } from '../../infra/bridge.ts'
import { environmentHere } from './places.ts'
import { readWiring } from './wiring.ts'

const definitions: readonly TableDefinition[] = tables

type Resource = { Type: string; Properties: Record<string, unknown> }

const { template } = bridgeWith({ XMPP_SERVER: '1', XMPP_URL: '', REGISTRATION: 'explicit' })

/** The template with one resource changed, or without it: the one of a type that has such a text in it. */
function changed(type: string, having: string, change: (properties: Resource['Properties']) => unknown) {
  const copy = structuredClone(template.toJSON()) as { Resources: Record<string, Resource> }
  const found = Object.entries(copy.Resources).filter(
    ([, resource]) => resource.Type === type && JSON.stringify(resource).includes(having),
  )
  expect(found, `one ${type} with ${having}`).toHaveLength(1)
  for (const [id, { Properties }] of found) if (change(Properties) === 'remove') delete copy.Resources[id]
  return copy
}
const remove = () => 'remove'
const ROUTE = 'AWS::ApiGatewayV2::Route'
const INTEGRATION = 'AWS::ApiGatewayV2::Integration'

test('[WG1] each route has the function of its name, with the names of the tables', () => {
  const { functions, tables: made } = readWiring(template.toJSON())
  for (const [route, { module, environment }] of Object.entries(functions)) {
    expect(module).toBe(route.slice(1))
    expect(environment).toMatchObject({
      ACCOUNTS_TABLE: 'Bridge-accounts',
      SESSIONS_TABLE: 'Bridge-sessions',
    })
  }
  expect(made.map(({ physicalName }) => physicalName)).toEqual(
    definitions.map(({ name }) => `Bridge-${name}`),
  )
  for (const [at, { key, ttl, indexes = [] }] of definitions.entries())
    expect(made[at]?.definition).toMatchObject({ key, indexes, ...(ttl !== undefined && { ttl }) })
})

test('[WG2] the worker pushes to the stage of the API and logs in at the XMPP server of the stack', () => {
  const { worker, managementEndpoint, xmppHost, xmppServer } = readWiring(template.toJSON())
  expect(worker.environment).toMatchObject({
    MANAGEMENT_ENDPOINT: managementEndpoint,
    XMPP_URL: `xmpps://${xmppHost}:5223`,
  })
  const certificates = xmppServer.mounts.find(({ path }) => path === '/certificate')
  expect(worker.mounts).toEqual([certificates])
})

test.each([
  ['a route is missing', changed(ROUTE, '$default', remove), 'no route $default'],
  ['its integration is missing', changed(INTEGRATION, 'Functionsdefault', remove), 'There is no'],
  [
    'it has no target',
    changed(ROUTE, '$default', properties => Object.assign(properties, { Target: 'integrations/none' })),
    'The route $default has no integration',
  ],
  [
    'its integration leads elsewhere',
    changed(INTEGRATION, 'Functionsdefault', properties =>
      Object.assign(properties, { IntegrationUri: 'https://example.org' }),
    ),
    'The integration of $default leads to no function',
  ],
  [
    'the API may not call the function',
    changed('AWS::Lambda::Permission', '/*$default', remove),
    '$default may not call',
  ],
  [
    'the stage is of no API',
    changed('AWS::ApiGatewayV2::Stage', 'live', properties => Object.assign(properties, { ApiId: 'other' })),
    'no stage',
  ],
  [
    'clients choose the route',
    changed('AWS::ApiGatewayV2::Api', 'WEBSOCKET', properties =>
      Object.assign(properties, { RouteSelectionExpression: '$request.body.action' }),
    ),
    'choose their route',
  ],
  ['a table is missing', changed('AWS::DynamoDB::GlobalTable', 'Bridge-sessions', remove), 'There is no'],
  ['the worker is missing', changed('AWS::ECS::TaskDefinition', 'worker.mjs', remove), 'no container worker'],
  ['the XMPP server has no name', changed('AWS::ServiceDiscovery::Service', 'xmpp', remove), 'has no name'],
])('[WG3] a template is refused in which %s', (_, json, message) => {
  expect(() => readWiring(json)).toThrow(message)
})

test('[WG4] what a value becomes is never guessed', () => {
  const json = changed('AWS::ECS::TaskDefinition', 'worker.mjs', properties => {
    const text = JSON.stringify(properties).replace('{"Ref":"AWS::URLSuffix"}', '{"Fn::ImportValue":"x"}')
    Object.assign(properties, JSON.parse(text))
  })
  expect(() => readWiring(json)).toThrow('is not known here')
})

test('[WG5] an address or a mounted file of no other part is refused', () => {
  const { worker, managementEndpoint } = readWiring(template.toJSON())
  const addresses = new Map([
    [managementEndpoint, 'http://127.0.0.1:1'],
    [worker.environment['XMPP_URL'] ?? '', 'xmpps://127.0.0.1:2'],
  ])
  const folders = new Map(worker.mounts.map(({ folder }) => [folder, '/here']))
  const { environment } = worker
  expect(environmentHere(worker, { addresses, folders })).toEqual({
    ...environment,
    MANAGEMENT_ENDPOINT: 'http://127.0.0.1:1',
    XMPP_URL: 'xmpps://127.0.0.1:2',
    XMPP_CA_FILE: '/here/example.org.crt',
  })
  expect(() => environmentHere(worker, { addresses: new Map(), folders })).toThrow('is of no other part')
  expect(() => environmentHere(worker, { addresses, folders: new Map() })).toThrow('XMPP_CA_FILE')
})
