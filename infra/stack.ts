import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import { BridgeFunctions } from './functions.ts'
import { leaveOut, typesToLeaveOut } from './leave-out.ts'
import { answerForTasks } from './nag-workers.ts'
import { answerForCore } from './nag.ts'
import { Network } from './network.ts'
import { SealKey } from './seal-key.ts'
import { Tables } from './tables.ts'
import { warnOfDoubts } from './warnings.ts'
import { Watch } from './watch.ts'
import { BridgeApi } from './websocket-api.ts'
import { Workers } from './workers.ts'
import { XmppServer } from './xmpp-server.ts'

export interface BridgeStackProps extends StackProps {
  readonly deployment: Deployment
}

/**
 * The whole bridge: what is kept, the network, what clients reach, who holds their sessions, and who watches. The workers
 * come after the API, whose address they push to; the functions know them only by their rows.
 */
export class BridgeStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, ...props }: BridgeStackProps) {
    super(scope, id, { description: 'Stanzagate: a WebSocket bridge to XMPP', ...props })
    const tables = new Tables(this, 'Tables', { deployment })
    const sealKey = new SealKey(this, 'SealKey', { deployment })
    const network = new Network(this, 'Network', { deployment })
    tables.narrow(network.dynamoDb)
    const functions = new BridgeFunctions(this, 'Functions', { deployment, network, tables })
    const api = new BridgeApi(this, 'Api', { deployment, functions })
    const xmppServer =
      deployment.XMPP_SERVER === '1' ? new XmppServer(this, 'XmppServer', { deployment, network }) : undefined
    const workers = new Workers(this, 'Workers', { deployment, network, tables, sealKey, api, xmppServer })
    const watch = new Watch(this, 'Watch', { deployment, api, functions, workers, tables, xmppServer })
    warnOfDoubts(this, deployment)
    answerForCore({ network, functions, api })
    answerForTasks({ workers, xmppServer, api })
    this.#tell(api, watch)
    leaveOut(this, typesToLeaveOut(deployment))
  }

  #tell({ url }: BridgeApi, { dashboardUrl }: Watch): void {
    new CfnOutput(this, 'WebSocketUrl', { value: url, description: 'Where clients connect' })
    new CfnOutput(this, 'TryIt', {
      value: `npx wscat -c ${url} --auth name:password`,
      description: 'Signs in with an account of the XMPP server; then paste frames of PROTOCOL.md',
    })
    new CfnOutput(this, 'DashboardUrl', { value: dashboardUrl, description: 'How the bridge is' })
  }
}
