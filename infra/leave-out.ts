import { CfnResource } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/**
 * Takes all resources of some types out of a stack that is complete, for an emulator that does not know them: those to
 * which nothing refers, like rules, policies and alarms.
 * @param types of CloudFormation, separated by commas; empty for none.
 */
export function leaveOut(scope: Construct, types: string): void {
  const unwanted = new Set(types.split(',').map(type => type.trim()))
  const all = scope.node.findAll().filter(CfnResource.isCfnResource)
  const gone = all.filter(({ cfnResourceType }) => unwanted.has(cfnResourceType))
  for (const resource of all)
    for (const dependency of gone) if (dependency !== resource) resource.removeResourceDependency(dependency)
  for (const { node } of gone) node.scope?.node.tryRemoveChild(node.id)
}
