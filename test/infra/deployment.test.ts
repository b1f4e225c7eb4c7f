import { expect, test } from 'vitest'
import { readDeployment } from '../../infra/deployment.ts'
import { isFargateSize } from '../../infra/fargate-size.ts'
import { BadSetting } from '../../shared/config.ts'
import { LEAST } from './bridge.ts'

test('[DP1] a deployment needs to be told three things, and which pages may connect; the rest has a default', () => {
  expect(readDeployment(LEAST, {})).toMatchObject({
    XMPP_DOMAIN: 'example.org',
    STACK_NAME: 'Stanzagate',
    STAGE: 'live',
    MIN_WORKERS: 2,
    MAX_WORKERS: 10,
    REMOVAL: 'keep',
    XMPP_SERVER: '0',
    CUSTOM_DOMAIN: '',
  })
  expect(readDeployment({ ...LEAST, ALLOWED_ORIGINS: undefined }, {})).toMatchObject({ ALLOWED_ORIGINS: '' })
})

test('[DP2] the environment comes before the context', () => {
  const deployment = readDeployment({ ...LEAST, STAGE: 'context' }, { STAGE: 'environment', MAX_WORKERS: '' })
  expect(deployment).toMatchObject({ STAGE: 'environment', MAX_WORKERS: 10 })
})

test('[DP3] the context is JSON: numbers, true and lists are taken for what they mean', () => {
  const context = {
    ...LEAST,
    XMPP_URL: '',
    XMPP_SERVER: true,
    MAX_WORKERS: 4,
    ALLOWED_ORIGINS: ['https://a.example', 'https://b.example'],
  }
  expect(readDeployment(context, {})).toMatchObject({
    XMPP_SERVER: '1',
    MAX_WORKERS: 4,
    ALLOWED_ORIGINS: 'https://a.example,https://b.example',
  })
})

test.each([
  [{ REGISTRATION: undefined }, 'REGISTRATION', 'must be given'],
  [{ REGISTRATION: 'open' }, 'REGISTRATION', 'must be one of on-first-join, explicit, closed'],
  [{ REGISTRATION: { mode: 'closed' } }, 'REGISTRATION', 'must be text'],
  [{ XMPP_DOMAIN: undefined }, 'XMPP_DOMAIN', 'must be given'],
  [{ XMPP_DOMAIN: 'no domain' }, 'XMPP_DOMAIN', 'must be a domain name'],
  [{ XMPP_URL: undefined }, 'XMPP_URL', 'must be given, or XMPP_SERVER must be 1'],
  [{ XMPP_URL: 'https://xmpp.example.org' }, 'XMPP_URL', 'must be xmpp://host:port'],
  [{ XMPP_SERVER: '1' }, 'XMPP_URL', 'must be empty when XMPP_SERVER is 1'],
  [{ ALLOWED_ORIGINS: 'https://chat.example.org/' }, 'ALLOWED_ORIGINS', 'must list origins'],
  [{ MIN_WORKERS: 5, MAX_WORKERS: 4 }, 'MIN_WORKERS', 'must not be above MAX_WORKERS'],
  [{ WORKER_CPU: 1024, WORKER_MEMORY_MIB: 1024 }, 'WORKER_MEMORY_MIB', 'must be a memory that Fargate has'],
  [{ WORKER_CPU: 1000 }, 'WORKER_MEMORY_MIB', 'must be a memory that Fargate has'],
  [{ RENEW_MS: 3000, LEASE_MS: 8000 }, 'LEASE_MS', 'must be at least three times RENEW_MS'],
  [{ STAGE: '$default' }, 'STAGE', 'must be letters'],
  [{ STACK_NAME: 'my bridge' }, 'STACK_NAME', 'must be letters'],
  [{ REQUESTS_PER_SECOND: 0 }, 'REQUESTS_PER_SECOND', 'must be a whole number from 10 to 1000000'],
  [{ REQUEST_BURST: '1,250' }, 'REQUEST_BURST', 'must be a whole number from 10 to 1000000'],
  [{ MAX_WORKERS: 0 }, 'MAX_WORKERS', 'must be a whole number from 1 to 1000'],
  [{ CUSTOM_DOMAIN: 'chat.example.org' }, 'CERTIFICATE_ARN', 'must be given with CUSTOM_DOMAIN'],
  [{ HOSTED_ZONE: 'example.org' }, 'HOSTED_ZONE', 'goes with CUSTOM_DOMAIN only'],
  [
    { CUSTOM_DOMAIN: 'badexample.org', CERTIFICATE_ARN: 'arn', HOSTED_ZONE: 'example.org' },
    'HOSTED_ZONE',
    'must be the zone that CUSTOM_DOMAIN is in',
  ],
])('[DP4] a wrong configuration is refused before anything is deployed: %j', (given, setting, expected) => {
  const read = () => readDeployment({ ...LEAST, ...given }, {})
  expect(read).toThrow(BadSetting)
  expect(read).toThrow(`The setting ${setting} ${expected}`)
})

test('[DP6] registration may be closed at a server of the stack: that is how it ends once the accounts are made', () => {
  const closed = { ...LEAST, XMPP_URL: '', XMPP_SERVER: '1', REGISTRATION: 'closed' }
  expect(readDeployment(closed, {})).toMatchObject({ XMPP_SERVER: '1', REGISTRATION: 'closed' })
})

test.each([
  [256, 512, true],
  [256, 1024, true],
  [256, 3072, false],
  [512, 512, false],
  [512, 4096, true],
  [1024, 2048, true],
  [1024, 2500, false],
  [4096, 30_720, true],
  [8192, 18_432, false],
  [8192, 20_480, true],
  [16_384, 122_880, true],
  [300, 1024, false],
])('[DP5] Fargate has a task of %i units and %i MiB: %s', (cpu, memoryMiB, has) => {
  expect(isFargateSize(cpu, memoryMiB)).toBe(has)
})
