import { readFileSync } from 'node:fs'
import { Match, Template } from 'aws-cdk-lib/assertions'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as iam from 'aws-cdk-lib/aws-iam'
import { expect, test } from 'vitest'
import { tableActions } from '../../infra/table-actions.ts'
import { Tables } from '../../infra/tables.ts'
import { tables as definitions } from '../../shared/stores/definitions.ts'
import type { TableDefinition } from '../../shared/stores/table.ts'
import { deploymentWith, emptyStack, type Given } from './bridge.ts'
import { statementsIn, statementsOf } from './policies.ts'

const TYPE = 'AWS::DynamoDB::GlobalTable'

function templateWith(given: Given = {}): Template {
  const stack = emptyStack()
  const tables = new Tables(stack, 'Tables', { deployment: deploymentWith(given) })
  const endpoint = new ec2.Vpc(stack, 'Vpc').addGatewayEndpoint('DynamoDb', {
    service: ec2.GatewayVpcEndpointAwsService.DYNAMODB,
  })
  tables.narrow(endpoint)
  const role = (id: string) =>
    new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') })
  tables.grantToWorkers(role('WorkerRole'))
  tables.grantToFunction('default', role('DefaultRole'))
  tables.grantToFunction('disconnect', role('DisconnectRole'))
  return Template.fromStack(stack)
}

const template = templateWith()

test.each<TableDefinition>([...definitions])(
  '[TB1] $name is as it is defined, paid by request',
  definition => {
    const { name, key, ttl, indexes = [] } = definition
    template.hasResourceProperties(TYPE, {
      TableName: `Bridge-${name}`,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      TimeToLiveSpecification: ttl === undefined ? Match.absent() : { AttributeName: ttl, Enabled: true },
      GlobalSecondaryIndexes:
        indexes.length === 0
          ? Match.absent()
          : indexes.map(index => ({
              IndexName: index.name,
              KeySchema: [{ AttributeName: index.key, KeyType: 'HASH' }],
              Projection: { ProjectionType: 'KEYS_ONLY' },
            })),
    })
  },
)

test('[TB2] the accounts alone can be brought back from a backup, and all others forget by themselves', () => {
  template.resourceCountIs(TYPE, definitions.length)
  for (const { name, ttl } of definitions as readonly TableDefinition[]) {
    const lasting = name === 'accounts'
    expect(ttl === undefined).toBe(lasting)
    template.hasResourceProperties(TYPE, {
      TableName: `Bridge-${name}`,
      Replicas: [
        Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: lasting } }),
      ],
    })
  }
})

test('[TB3] the accounts outlive the stack unless a deployment says otherwise', () => {
  const accounts = { Properties: { TableName: 'Bridge-accounts' } }
  template.hasResource(TYPE, {
    ...accounts,
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
  })
  template.hasResource(TYPE, { Properties: { TableName: 'Bridge-sessions' }, DeletionPolicy: 'Delete' })
  templateWith({ REMOVAL: 'destroy' }).allResources(TYPE, { DeletionPolicy: 'Delete' })
})

test('[TB8] a first deployment that fails can be taken back: nothing stops it from deleting what it made', () => {
  for (const { DeletionPolicy, Properties } of Object.values(template.findResources(TYPE))) {
    expect(['Delete', 'RetainExceptOnCreate']).toContain(DeletionPolicy)
    for (const replica of Properties.Replicas) expect(replica.DeletionProtectionEnabled).toBe(false)
  }
})

test('[TB4] a part may do what it does with its tables, and with no others', () => {
  const worker = statementsOf(template, 'WorkerRole')
  expect(namesIn(worker)).toEqual(['connections', 'sessions', 'workers'])
  const functions = statementsOf(template, 'DefaultRole')
  expect(namesIn(functions)).toEqual(['accounts', 'attempts', 'connections', 'sessions', 'workers'])
  const readOnly = statementsOf(template, 'DisconnectRole').flatMap(({ actions }) => actions)
  expect(new Set(readOnly)).toEqual(new Set(['dynamodb:GetItem']))
})

test('[TB9] a worker reads whose a socket is, and writes it; functions only read it', () => {
  const onConnections = (role: string) =>
    statementsOf(template, role)
      .filter(({ resources }) => resources.join().includes('Tablesconnections'))
      .flatMap(({ actions }) => actions)
      .toSorted()
  expect(onConnections('WorkerRole')).toEqual(['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'])
  expect(onConnections('DefaultRole')).toEqual(['dynamodb:GetItem'])
})

test('[TB5] an index may be queried and nothing else, and a table not', () => {
  for (const { actions, resources } of statementsOf(template, 'WorkerRole')) {
    const ofIndexes = resources.filter(resource => resource.includes('/index/'))
    expect(ofIndexes.length).toBe(actions.includes('dynamodb:Query') ? resources.length : 0)
    if (ofIndexes.length > 0) expect(actions).toEqual(['dynamodb:Query'])
  }
})

test('[TB6] through the endpoint go these actions on these tables', () => {
  const [endpoint] = Object.values(template.findResources('AWS::EC2::VPCEndpoint'))
  const statements = statementsIn(endpoint?.['Properties'].PolicyDocument)
  expect(namesIn(statements)).toEqual(['accounts', 'attempts', 'connections', 'sessions', 'workers'])
  for (const { actions, resources } of statements) {
    expect(actions.join()).not.toContain('*')
    expect(resources.join()).not.toContain('"*"')
  }
})

test.each([...definitions])('[TB7] what is granted on $name is what its store does', ({ name }) => {
  const source = readFileSync(new URL(`../../shared/stores/dynamo/${name}.ts`, import.meta.url), 'utf8')
  const commands = [...source.matchAll(/new (\w+)Command\(/g)].map(([, command]) => `${command}Item`)
  const done = new Set([
    ...commands,
    ...(source.includes('paginateScan(') ? ['Scan'] : []),
    ...(source.includes('keysIn(') ? ['Query'] : []),
  ])
  const granted = new Set(Object.values(tableActions).flatMap(tables => tables[name] ?? []))
  // Nobody takes a worker's row away: it stays as a tombstone until it expires.
  if (name === 'workers') done.delete('DeleteItem')
  expect([...granted].toSorted()).toEqual([...done].toSorted())
})

function namesIn(statements: readonly { resources: readonly string[] }[]): readonly string[] {
  const all = statements.flatMap(({ resources }) => resources).join()
  return definitions
    .map(({ name }) => name)
    .filter(name => all.includes(`Tables${name}`))
    .toSorted()
}
