import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { tables as definitions, type TableName } from '../shared/stores/definitions.ts'
import type { TableDefinition } from '../shared/stores/table.ts'
import type { Deployment } from './deployment.ts'
import { tableActions, type Part } from './table-actions.ts'

export interface TablesProps {
  readonly deployment: Deployment
}

/** The tables of `shared/stores/`, paid by request, and who may do what with them. */
export class Tables extends Construct {
  readonly byName: Readonly<Record<TableName, dynamodb.TableV2>>

  constructor(scope: Construct, id: string, { deployment }: TablesProps) {
    super(scope, id)
    const { stackName } = Stack.of(this)
    const made = definitions.map(definition => {
      const table = new dynamodb.TableV2(this, definition.name, {
        tableName: `${stackName}-${definition.name}`,
        ...shapeOf(definition),
        ...careOf(definition, deployment),
      })
      return [definition.name, table] as const
    })
    this.byName = Object.fromEntries(made) as Record<TableName, dynamodb.TableV2>
  }

  /** What the worker does with tables; `accounts` and `attempts` are not for it. */
  grantToWorkers(role: iam.IRole): void {
    this.#grant('worker', role)
  }

  /** What the function of a route does with tables. */
  grantToFunction(route: Exclude<Part, 'worker'>, role: iam.IRole): void {
    this.#grant(route, role)
  }

  /** Lets nothing through an endpoint but what the parts do here: no data goes to a table of somebody else. */
  narrow(endpoint: ec2.GatewayVpcEndpoint): void {
    for (const part of Object.keys(tableActions) as Part[])
      for (const statement of this.#statements(part)) {
        statement.addAnyPrincipal()
        endpoint.addToPolicy(statement)
      }
  }

  #grant(part: Part, role: iam.IRole): void {
    for (const statement of this.#statements(part)) role.addToPrincipalPolicy(statement)
  }

  #statements(part: Part): iam.PolicyStatement[] {
    return definitions.flatMap(({ name, ...definition }: TableDefinition & { name: TableName }) => {
      const { tableArn } = this.byName[name]
      const indexArns = (definition.indexes ?? []).map(index => `${tableArn}/index/${index.name}`)
      const actions = tableActions[part][name] ?? []
      return [
        ...allow(actions.filter(isOfTable), [tableArn]),
        ...allow(
          actions.filter(action => !isOfTable(action)),
          indexArns,
        ),
      ]
    })
  }
}

function isOfTable(action: string): boolean {
  return action !== 'Query'
}

function allow(actions: readonly string[], resources: string[]): iam.PolicyStatement[] {
  if (actions.length === 0) return []
  return [new iam.PolicyStatement({ actions: actions.map(action => `dynamodb:${action}`), resources })]
}

function shapeOf({ key, ttl, indexes = [] }: TableDefinition) {
  return {
    partitionKey: { name: key, type: dynamodb.AttributeType.STRING },
    timeToLiveAttribute: ttl,
    billing: dynamodb.Billing.onDemand(),
    globalSecondaryIndexes: indexes.map(index => ({
      indexName: index.name,
      partitionKey: { name: index.key, type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    })),
  }
}

/**
 * Only what lasts is kept and can be brought back. Rows of the others live as long as a session: a backup would bring
 * back a sealed credential that was erased when its user signed out.
 *
 * Kept means: destroying the stack, or taking the table out of it, leaves the table; rolling back the deployment that
 * made it does not ("DeletionPolicy attribute", RetainExceptOnCreate). Deletion protection would stop that roll-back as
 * well, since it holds against whoever deletes, and leave a table whose fixed name fails the next deployment. What it
 * adds is small: a table with point-in-time recovery that somebody deletes by hand is in a backup for 35 days.
 */
function careOf({ ttl }: TableDefinition, { REMOVAL }: Deployment) {
  const lasting = ttl === undefined
  const kept = lasting && REMOVAL === 'keep'
  return {
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: lasting },
    deletionProtection: false,
    removalPolicy: kept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  }
}
