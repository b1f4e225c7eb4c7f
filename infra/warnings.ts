import { Annotations } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { parseAllowedOrigins } from '../functions/origin.ts'
import type { Deployment } from './deployment.ts'

/** What is allowed, since it may be meant, and more often is a mistake. */
interface Doubt {
  readonly id: string
  readonly isDoubtful: (deployment: Deployment) => boolean
  /** What follows from it, and what to do. */
  readonly text: string
}

/** OWASP, "Password Storage Cheat Sheet": the least for bcrypt. */
const LEAST_BCRYPT_COST = 10

const doubts: readonly Doubt[] = [
  {
    id: 'closed-server',
    isDoubtful: ({ XMPP_SERVER, REGISTRATION }) => XMPP_SERVER === '1' && REGISTRATION === 'closed',
    text: 'REGISTRATION is closed and XMPP_SERVER is 1: accounts of that server are made through the bridge alone, so nobody gets in but who has one already. Begin with REGISTRATION=explicit.',
  },
  {
    id: 'no-origins',
    isDoubtful: ({ ALLOWED_ORIGINS }) => ALLOWED_ORIGINS === '',
    text: 'ALLOWED_ORIGINS is empty: no web page may connect, only programs that send no Origin.',
  },
  {
    id: 'loopback-origins',
    isDoubtful: ({ ALLOWED_ORIGINS }) => parseAllowedOrigins(ALLOWED_ORIGINS).loopback,
    text: "ALLOWED_ORIGINS has loopback: any page that runs on a user's own machine may connect. It is for development.",
  },
  {
    id: 'one-worker',
    isDoubtful: ({ MIN_WORKERS }) => MIN_WORKERS === 1,
    text: 'MIN_WORKERS is 1: when that worker dies, nobody takes its sessions over until ECS has started the next.',
  },
  {
    id: 'weak-hashes',
    isDoubtful: ({ BCRYPT_COST }) => BCRYPT_COST < LEAST_BCRYPT_COST,
    text: `BCRYPT_COST is below ${LEAST_BCRYPT_COST}: whoever gets hold of the table of accounts guesses passwords faster.`,
  },
]

/** What in a deployment is probably not meant. */
export function doubtsOf(deployment: Deployment): readonly Pick<Doubt, 'id' | 'text'>[] {
  return doubts.filter(({ isDoubtful }) => isDoubtful(deployment))
}

/** Has each synthesis warn of that. Nothing is refused. */
export function warnOfDoubts(scope: Construct, deployment: Deployment): void {
  const annotations = Annotations.of(scope)
  for (const { id, text } of doubtsOf(deployment)) annotations.addWarningV2(`stanzagate:${id}`, text)
}
