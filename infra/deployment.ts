import { parseAllowedOrigins } from '../functions/origin.ts'
import { BadSetting, namesReadBy, readSettings } from '../shared/config.ts'
import { readDomain, readTarget } from '../worker/target.ts'
import { isFargateSize } from './fargate-size.ts'

/** What a deployment was told: the values of all settings that it reads. */
export type Deployment = ReturnType<typeof readSettings<'deploy'>>

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads what a deployment is told, each setting by its name: from the environment, else from the context. What only a
 * running part would find wrong is found here.
 * @throws BadSetting for the first setting that is missing, wrong, or does not go with another.
 */
export function readDeployment(context: Readonly<Record<string, unknown>>, env: Environment): Deployment {
  const given = namesReadBy('deploy').map(name => [name, env[name] || textOf(name, context[name])] as const)
  const deployment = readSettings('deploy', Object.fromEntries(given))
  checkNames(deployment)
  checkXmpp(deployment)
  checkWorkers(deployment)
  checkDomain(deployment)
  parseAllowedOrigins(deployment.ALLOWED_ORIGINS)
  return deployment
}

/** Context is JSON in `cdk.json` and text after `-c`: `true` is '1', a list its entries with commas between them. */
function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (Array.isArray(value) && value.every(entry => typeof entry === 'string')) return value.join(',')
  throw new BadSetting(name, 'must be text, a number, true or false, or a list of texts')
}

/** CloudFormation's rules for a stack and API Gateway's for a stage; both are parts of other names. */
function checkNames({ STACK_NAME, STAGE }: Deployment): void {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(STACK_NAME))
    throw new BadSetting('STACK_NAME', 'must be letters, digits and hyphens, a letter first')
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(STAGE))
    throw new BadSetting('STAGE', 'must be letters, digits, hyphens and underscores')
}

function checkXmpp({ XMPP_DOMAIN, XMPP_SERVER, XMPP_URL }: Deployment): void {
  if (XMPP_DOMAIN === 'localhost')
    throw new BadSetting('XMPP_DOMAIN', 'must be given: the domain of the accounts, like example.org')
  readDomain(XMPP_DOMAIN)
  if (XMPP_SERVER === '1') {
    if (XMPP_URL !== '') throw new BadSetting('XMPP_URL', 'must be empty when XMPP_SERVER is 1')
    return
  }
  if (XMPP_URL === '') throw new BadSetting('XMPP_URL', 'must be given, or XMPP_SERVER must be 1')
  readTarget(XMPP_URL, XMPP_DOMAIN, 'required', undefined)
}

function checkWorkers(deployment: Deployment): void {
  const { MIN_WORKERS, MAX_WORKERS, WORKER_CPU, WORKER_MEMORY_MIB, RENEW_MS, LEASE_MS } = deployment
  if (MIN_WORKERS > MAX_WORKERS) throw new BadSetting('MIN_WORKERS', 'must not be above MAX_WORKERS')
  if (!isFargateSize(WORKER_CPU, WORKER_MEMORY_MIB))
    throw new BadSetting('WORKER_MEMORY_MIB', 'must be a memory that Fargate has with WORKER_CPU')
  if (LEASE_MS < 3 * RENEW_MS) throw new BadSetting('LEASE_MS', 'must be at least three times RENEW_MS')
}

function checkDomain({ CUSTOM_DOMAIN, CERTIFICATE_ARN, HOSTED_ZONE }: Deployment): void {
  if (CUSTOM_DOMAIN !== '' && CERTIFICATE_ARN === '')
    throw new BadSetting('CERTIFICATE_ARN', 'must be given with CUSTOM_DOMAIN')
  if (CUSTOM_DOMAIN === '' && HOSTED_ZONE !== '')
    throw new BadSetting('HOSTED_ZONE', 'goes with CUSTOM_DOMAIN only')
  if (HOSTED_ZONE !== '' && CUSTOM_DOMAIN !== HOSTED_ZONE && !CUSTOM_DOMAIN.endsWith(`.${HOSTED_ZONE}`))
    throw new BadSetting('HOSTED_ZONE', 'must be the zone that CUSTOM_DOMAIN is in')
}
