import { Annotations, Match } from 'aws-cdk-lib/assertions'
import { expect, test } from 'vitest'
import { doubtsOf } from '../../infra/warnings.ts'
import { bridgeWith, deploymentWith, type Given } from './bridge.ts'

function doubtsWith(given: Given): readonly string[] {
  return doubtsOf(deploymentWith(given)).map(({ text }) => text)
}

const OWN_SERVER = { XMPP_SERVER: '1', XMPP_URL: '' }

test.each<[Given, string]>([
  [{ ...OWN_SERVER, REGISTRATION: 'closed' }, 'REGISTRATION is closed and XMPP_SERVER is 1'],
  [{ ALLOWED_ORIGINS: '' }, 'no web page may connect'],
  [{ ALLOWED_ORIGINS: 'https://chat.example.org, loopback' }, "any page that runs on a user's own machine"],
  [{ MIN_WORKERS: '1' }, 'nobody takes its sessions over'],
  [{ BCRYPT_COST: '9' }, 'BCRYPT_COST is below 10'],
])('[WN1] what is allowed and probably not meant is said, and said once: %j', (given, text) => {
  expect(doubtsWith(given)).toEqual([expect.stringContaining(text)])
})

test('[WN2] nothing is said of a deployment as it comes, nor of one with a server of its own that makes accounts', () => {
  expect(doubtsWith({})).toEqual([])
  expect(doubtsWith({ ...OWN_SERVER, REGISTRATION: 'explicit' })).toEqual([])
})

test('[WN3] a stack warns and is made all the same', () => {
  const { stack, template } = bridgeWith({ ...OWN_SERVER, REGISTRATION: 'closed' })
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue())
  expect(warnings.map(({ entry }) => entry.data)).toContainEqual(
    expect.stringContaining('[ack: stanzagate:closed-server]'),
  )
  template.resourceCountIs('AWS::ECS::Service', 2)
})
