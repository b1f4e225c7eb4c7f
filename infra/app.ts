import { App } from 'aws-cdk-lib'
import { BadSetting } from '../shared/config.ts'
import { readDeployment, type Deployment } from './deployment.ts'
import { addChecks } from './nag.ts'
import { BridgeStack } from './stack.ts'

/** What `cdk` runs (cdk.json). */

const app = new App()
const deployment = deploymentOrExit()
new BridgeStack(app, deployment.STACK_NAME, { deployment })
addChecks(app)

function deploymentOrExit(): Deployment {
  try {
    return readDeployment(app.node.getAllContext(), process.env)
  } catch (error) {
    if (!(error instanceof BadSetting)) throw error
    process.stderr.write(`${error.message}\n`)
    return process.exit(1)
  }
}
