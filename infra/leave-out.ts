import { CfnResource } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'

/** The types in the setting LEAVE_OUT: those of CloudFormation, separated by commas; empty for none. */
export function typesToLeaveOut({ LEAVE_OUT }: Pick<Deployment, 'LEAVE_OUT'>): ReadonlySet<string> {
  const types = LEAVE_OUT.split(',').map(type => type.trim())
  return new Set(types.filter(type => type !== ''))
}

/**
 * Takes all resources of some types out of a stack that is complete, for an emulator that does not know them: those to
 * which nothing refers, like rules, policies and alarms.
 */
export function leaveOut(scope: Construct, unwanted: ReadonlySet<string>): void {
  const all = scope.node.findAll().filter(CfnResource.isCfnResource)
  const gone = all.filter(({ cfnResourceType }) => unwanted.has(cfnResourceType))
  for (const resource of all)
    for (const dependency of gone) if (dependency !== resource) resource.removeResourceDependency(dependency)
  for (const { node } of gone) node.scope?.node.tryRemoveChild(node.id)
}
