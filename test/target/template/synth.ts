import { App, Stage } from 'aws-cdk-lib'
import cdk from '../../../cdk.json' with { type: 'json' }
import { readDeployment } from '../../../infra/deployment.ts'
import { BridgeStack } from '../../../infra/stack.ts'
import { STACK } from './assembly.ts'

/** What a person would say in `cdk.json`, who has no XMPP server. */
const DEPLOYMENT = {
  XMPP_DOMAIN: 'example.org',
  XMPP_SERVER: '1',
  REGISTRATION: 'on-first-join',
  ALLOWED_ORIGINS: 'https://chat.example.org',
}

/** Rules are for `npm run synth`; here they take seconds. */
const WITHOUT_RULES = { '@aws-cdk/core:validateAgainstDefaultRules': false }

/** Synthesizes the stack with everything that would be uploaded. */
export function synthesizeInto(folder: string): void {
  const app = new App({ outdir: folder, context: { ...cdk.context, ...WITHOUT_RULES } })
  const stack = new BridgeStack(app, STACK, { deployment: readDeployment(DEPLOYMENT, {}) })
  Stage.of(stack)?.synth()
}
