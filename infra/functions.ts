import { AssetHashType, DockerImage, Duration, Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { buildSync } from 'esbuild'
import { functionsBuild, functionsFolder, NODE_FLAGS } from './bundle.ts'
import type { Deployment } from './deployment.ts'
import { environmentOf } from './environment.ts'
import { makeLogGroup } from './log-group.ts'
import type { Network } from './network.ts'
import type { Tables } from './tables.ts'
import { allowNetworkInterfaces, denyNetworkInterfaces } from './vpc-access.ts'

export interface BridgeFunctionsProps {
  readonly deployment: Deployment
  readonly network: Network
  readonly tables: Tables
}

/**
 * Lambda gives one vCPU per 1,769 MB ("Configure Lambda function memory") and bills MB x ms. One bcrypt comparison at
 * cost 10 takes 83 ms of a vCPU: 85 ms at 1,769 MB, 145 ms at 1,024, 290 ms at 512, 1.2 s at 128, and the same money in
 * each case. What waits for DynamoDB and for a worker, some 10 ms per frame, costs by its memory alone.
 * - `$connect` is one short invoke per socket, and Basic authentication compares in it: all of a vCPU.
 * - `$default` compares once per JOIN and forwards every frame: at 1,024 MB the person waits 60 ms longer once, and a
 *   million frames cost 0.10 USD less than at 1,769 (beside 0.20 for the requests).
 * - `$disconnect` reads two rows and makes one call, and nobody waits for it.
 */
const MEMORY_MB = { connect: 1769, default: 1024, disconnect: 256 } as const

/** API Gateway waits 29 s for an integration; an invoke that lasts longer works for nobody. */
const TIMEOUT = Duration.seconds(29)

type Route = keyof typeof MEMORY_MB

/** The three routes' functions. They reach DynamoDB and the workers, and nothing else. */
export class BridgeFunctions extends Construct {
  readonly connect: lambda.Function
  readonly default: lambda.Function
  readonly disconnect: lambda.Function

  readonly #tables: Tables

  constructor(scope: Construct, id: string, { deployment, network, tables }: BridgeFunctionsProps) {
    super(scope, id)
    this.#tables = tables
    const shared = {
      ...RUNTIME,
      code: bundled(),
      environment: { ...environmentFor(deployment, tables, Stack.of(this)), ...NODE },
      vpc: network.vpc,
      vpcSubnets: network.functionSubnets,
      securityGroups: [network.functionsGroup],
    }
    this.connect = this.#make('connect', shared)
    this.default = this.#make('default', shared)
    this.disconnect = this.#make('disconnect', shared)
  }

  get all(): readonly lambda.Function[] {
    return [this.connect, this.default, this.disconnect]
  }

  #make(route: Route, shared: Omit<lambda.FunctionProps, 'handler'>): lambda.Function {
    const logGroup = makeLogGroup(this, `${route}-logs`)
    const role = new iam.Role(this, `${route}-role`, {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    })
    logGroup.grantWrite(role)
    allowNetworkInterfaces(role)
    this.#tables.grantToFunction(route, role)
    const made = new lambda.Function(this, route, {
      ...shared,
      description: `Stanzagate: the route $${route}`,
      handler: `${route}.handler`,
      memorySize: MEMORY_MB[route],
      role,
      logGroup,
    })
    denyNetworkInterfaces(made, role)
    return made
  }
}

const NODE = { NODE_OPTIONS: NODE_FLAGS.join(' ') }

const RUNTIME = {
  runtime: lambda.Runtime.NODEJS_24_X,
  architecture: lambda.Architecture.ARM_64,
  timeout: TIMEOUT,
  // Without START, END and REPORT, which would cost more than all other lines.
  loggingFormat: lambda.LoggingFormat.JSON,
  systemLogLevelV2: lambda.SystemLogLevel.WARN,
  // What the functions write is up to LOG_LEVEL alone.
  applicationLogLevelV2: lambda.ApplicationLogLevel.TRACE,
} as const

function environmentFor(deployment: Deployment, { byName }: Tables, { stackName }: Stack) {
  return environmentOf('functions', {
    ...deployment,
    ACCOUNTS_TABLE: byName.accounts.tableName,
    ATTEMPTS_TABLE: byName.attempts.tableName,
    WORKERS_TABLE: byName.workers.tableName,
    SESSIONS_TABLE: byName.sessions.tableName,
    CONNECTIONS_TABLE: byName.connections.tableName,
    METRICS: '1',
    METRICS_SERVICE: stackName,
  })
}

/** One asset with the three bundles, built while the stack is synthesized. */
function bundled(): lambda.Code {
  return lambda.Code.fromAsset(functionsFolder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      local: {
        tryBundle: outDir => {
          buildSync(functionsBuild(outDir))
          return true
        },
      },
      // Asked for, and never used while `local` succeeds.
      image: DockerImage.fromRegistry('node:24-slim'),
    },
  })
}
