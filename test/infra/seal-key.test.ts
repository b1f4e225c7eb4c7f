import { Template } from 'aws-cdk-lib/assertions'
import * as iam from 'aws-cdk-lib/aws-iam'
import { expect, test } from 'vitest'
import { SealKey } from '../../infra/seal-key.ts'
import { deploymentWith, emptyStack, type Given } from './bridge.ts'
import { statementsIn } from './policies.ts'

function templateWith(given: Given = {}): Template {
  const stack = emptyStack()
  const role = new iam.Role(stack, 'WorkerRole', {
    assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
  })
  new SealKey(stack, 'SealKey', { deployment: deploymentWith(given) }).grantToWorkers(role)
  return Template.fromStack(stack)
}

const template = templateWith()
const [key] = Object.values(template.findResources('AWS::KMS::Key'))
const statements = statementsIn(key?.['Properties'].KeyPolicy)
const uses =
  /^kms:(\*|Encrypt|Decrypt|ReEncrypt|GenerateDataKey|Sign|Verify|CreateGrant|DeriveShared|GenerateMac)/

test('[SK1] the role of the workers seals and opens, and nobody else does anything like it', () => {
  const users = statements.filter(({ actions }) => actions.some(action => uses.test(action)))
  expect(users).toHaveLength(1)
  expect(users[0]).toMatchObject({ effect: 'Allow', actions: ['kms:Decrypt', 'kms:Encrypt'] })
  expect(users[0]?.principal).toContain('WorkerRole')
})

test('[SK2] only with the context of a row: its session and its user, both and nothing else', () => {
  expect(statements.find(({ actions }) => actions.includes('kms:Decrypt'))?.condition).toEqual({
    Null: { 'kms:EncryptionContext:sessionId': 'false', 'kms:EncryptionContext:username': 'false' },
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['sessionId', 'username'] },
  })
})

test('[SK3] the account can look after the key, so that it is never out of reach', () => {
  const [care] = statements
  expect(care?.principal).toContain(':root')
  expect(care?.actions).toEqual(expect.arrayContaining(['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion']))
  expect(care?.actions.join()).not.toContain('*')
})

test('[SK4] the key rotates, and a deletion by mistake can be called back for a while', () => {
  template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true, PendingWindowInDays: 30 })
  templateWith({ REMOVAL: 'destroy' }).hasResourceProperties('AWS::KMS::Key', { PendingWindowInDays: 7 })
})

test('[SK5] no policy of a role names the key: its own is all there is', () => {
  template.resourceCountIs('AWS::IAM::Policy', 0)
})
