import { Aws, Stack } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2'
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type * as lambda from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { ACCESS_LOG } from './access-log.ts'
import { AccountLogRole } from './account-log-role.ts'
import { makeCustomDomain } from './custom-domain.ts'
import type { Deployment } from './deployment.ts'
import type { BridgeFunctions } from './functions.ts'
import { makeLogGroup } from './log-group.ts'

export interface BridgeApiProps {
  readonly deployment: Deployment
  readonly functions: BridgeFunctions
}

/** Whatever a client sends goes to one route, and no client chooses it ("WebSocket selection expressions": an escaped `$`). */
const TO_DEFAULT = String.raw`\$default`

/**
 * The one address of the bridge. Nothing but JSON lines without any content is logged: an execution log would print
 * whole events, passwords included, so neither `LoggingLevel` nor `DataTraceEnabled` is ever set.
 */
export class BridgeApi extends Construct {
  readonly api: apigateway.WebSocketApi
  readonly stage: apigateway.WebSocketStage
  /** Where clients connect. */
  readonly url: string
  /** Where workers push: the stage's own, whatever domain clients use, whose paths have no stage. */
  readonly managementEndpoint: string
  /** Of the stage's connections, for one method: `…/POST/@connections/*` sends, `…/DELETE/…` hangs up. */
  readonly connectionsArn: (method: 'POST' | 'DELETE') => string

  constructor(scope: Construct, id: string, { deployment, functions }: BridgeApiProps) {
    super(scope, id)
    this.api = this.#makeApi(functions)
    const domain = makeCustomDomain(this, deployment)
    this.stage = this.#makeStage(deployment, domain)
    this.url = domain ? `wss://${deployment.CUSTOM_DOMAIN}` : this.stage.url
    this.managementEndpoint = this.stage.callbackUrl
    this.connectionsArn = method => this.#arnOf(`${deployment.STAGE}/${method}/@connections/*`)
  }

  #makeApi(functions: BridgeFunctions): apigateway.WebSocketApi {
    return new apigateway.WebSocketApi(this, 'Api', {
      apiName: Stack.of(this).stackName,
      description: 'JSON frames to and from XMPP sessions',
      routeSelectionExpression: TO_DEFAULT,
      connectRouteOptions: to('ToConnect', functions.connect),
      defaultRouteOptions: to('ToDefault', functions.default),
      disconnectRouteOptions: to('ToDisconnect', functions.disconnect),
    })
  }

  #makeStage(deployment: Deployment, domainName: apigateway.DomainName | undefined) {
    const stage = new apigateway.WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: deployment.STAGE,
      // Without it there is no deployment at all, and the stage answers 403.
      autoDeploy: true,
      throttle: throttleOf(deployment),
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(makeLogGroup(this, 'AccessLog')),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
      ...(domainName && { domainMapping: { domainName } }),
    })
    if (deployment.ACCOUNT_LOG_ROLE === '1') stage.node.addDependency(new AccountLogRole(this, 'LogRole'))
    return stage
  }

  #arnOf(path: string): string {
    return `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:${this.api.apiId}/${path}`
  }
}

/**
 * What clients may send leaves the pushes their share: both count against one quota of the account and Region, for all
 * its APIs ("Amazon API Gateway quotas"), and pushes are more than what comes in.
 */
function throttleOf({ REQUESTS_PER_SECOND, REQUEST_BURST }: Deployment): apigateway.ThrottleSettings {
  return { rateLimit: REQUESTS_PER_SECOND, burstLimit: REQUEST_BURST }
}

function to(id: string, handler: lambda.Function): apigateway.WebSocketRouteOptions {
  return { integration: new WebSocketLambdaIntegration(id, handler) }
}
