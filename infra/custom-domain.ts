import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53'
import type { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'

/** The domain that clients use, and its record when the zone is here; undefined for the address that API Gateway gives. */
export function makeCustomDomain(
  scope: Construct,
  { CUSTOM_DOMAIN, CERTIFICATE_ARN, HOSTED_ZONE }: Deployment,
): apigateway.DomainName | undefined {
  if (CUSTOM_DOMAIN === '') return undefined
  const domain = new apigateway.DomainName(scope, 'Domain', {
    domainName: CUSTOM_DOMAIN,
    certificate: Certificate.fromCertificateArn(scope, 'Certificate', CERTIFICATE_ARN),
    securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
  })
  if (HOSTED_ZONE !== '') makeRecord(scope, domain, HOSTED_ZONE)
  return domain
}

/** By the name of the zone, not by its id, which only a look into the account would tell. */
function makeRecord(scope: Construct, domain: apigateway.DomainName, zone: string): void {
  new CfnRecordSet(scope, 'DomainRecord', {
    hostedZoneName: `${zone}.`,
    name: domain.name,
    type: 'A',
    aliasTarget: { dnsName: domain.regionalDomainName, hostedZoneId: domain.regionalHostedZoneId },
  })
}
