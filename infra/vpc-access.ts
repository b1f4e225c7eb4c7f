import * as iam from 'aws-cdk-lib/aws-iam'
import type * as lambda from 'aws-cdk-lib/aws-lambda'

/** What Lambda does with the role of a function to attach it to a VPC: AWSLambdaVPCAccessExecutionRole without the logs. */
const NETWORK_INTERFACES = {
  actions: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  // There is no resource yet that could be named.
  resources: ['*'],
}

/** Lets Lambda attach the functions of a role to their VPC. */
export function allowNetworkInterfaces(role: iam.Role): void {
  role.addToPolicy(new iam.PolicyStatement(NETWORK_INTERFACES))
}

/**
 * Takes that from the code of the function itself, which has no use for it: "Giving Lambda functions access to resources
 * in an Amazon VPC", Lambda guide. In a policy apart, since the role's own has to be there before the function.
 */
export function denyNetworkInterfaces(made: lambda.Function, role: iam.Role): void {
  const deny = new iam.PolicyStatement({
    ...NETWORK_INTERFACES,
    effect: iam.Effect.DENY,
    conditions: { ArnEquals: { 'lambda:SourceFunctionArn': made.functionArn } },
  })
  new iam.Policy(made, 'NoNetworkInterfaces', { roles: [role], statements: [deny] })
}
