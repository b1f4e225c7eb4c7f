import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { afterAll } from 'vitest'
import cdk from '../../cdk.json' with { type: 'json' }
import { readDeployment, type Deployment } from '../../infra/deployment.ts'
import { BridgeStack } from '../../infra/stack.ts'

/** The least that a deployment must be told. */
export const LEAST = {
  XMPP_DOMAIN: 'example.org',
  XMPP_URL: 'xmpps://xmpp.example.org',
  REGISTRATION: 'closed',
  ALLOWED_ORIGINS: 'https://chat.example.org',
}

export type Given = Readonly<Record<string, string>>

export function deploymentWith(given: Given = {}): Deployment {
  return readDeployment({ ...LEAST, ...given }, {})
}

const folder = mkdtempSync(join(tmpdir(), 'stanzagate-infra-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Seconds of each synthesis; app.test.ts has the app as it is. */
const WITHOUT_RULES = { '@aws-cdk/core:validateAgainstDefaultRules': false }
const WITHOUT_BUNDLES = { 'aws:cdk:bundling-stacks': [] }

/** An app with the feature flags of cdk.json, which bundles nothing unless it is asked to. */
function newApp(bundling: boolean): App {
  return new App({
    outdir: mkdtempSync(join(folder, 'cdk.out-')),
    context: { ...cdk.context, ...WITHOUT_RULES, ...(!bundling && WITHOUT_BUNDLES) },
  })
}

/** An empty stack for one construct. */
export function emptyStack({ bundling = false } = {}): Stack {
  return new Stack(newApp(bundling), 'Bridge')
}

export interface Bridge {
  readonly stack: BridgeStack
  readonly template: Template
}

const made = new Map<string, Bridge>()

/** The whole stack as configured, synthesized once for all tests of a file: it takes a second or two. */
export function bridgeWith(given: Given = {}): Bridge {
  const key = JSON.stringify(given)
  const known = made.get(key)
  if (known) return known
  const stack = new BridgeStack(newApp(false), 'Bridge', { deployment: deploymentWith(given) })
  const bridge = { stack, template: Template.fromStack(stack) }
  made.set(key, bridge)
  return bridge
}
