import { reachDeployed } from '../aws/ministack/bridge.ts'
import { Bridge } from '../support/bridge.ts'
import { reachAws } from './aws.ts'
import { NotReached, type Reached } from './reached.ts'
import { readTarget } from './target.ts'
import { reachTemplate } from './template/bridge.ts'

/** The bridge of the target: started for the caller, or found where it is. */
export async function reach(): Promise<Reached> {
  const target = readTarget(process.env)
  switch (target.name) {
    case 'local':
      return reachLocal()
    case 'template':
      return reachTemplate()
    case 'ministack':
      return reachDeployed()
    case 'aws':
      return reachAws(target)
    case 'localstack':
      throw new NotReached('LocalStack runs no bridge.')
  }
}

/** Two workers, so that people meet across them. */
export async function reachLocal(server: 'prosody' | 'ejabberd' = 'prosody'): Promise<Reached> {
  const bridge = await Bridge.start({ server, workers: 2 })
  const { url, xmpp } = bridge
  return { url, xmpp, domain: xmpp.domain, stop: () => bridge.stop() }
}
