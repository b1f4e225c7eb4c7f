import { expect, test } from 'vitest'
import { createDeps } from '../../functions/deps.ts'

test('[DP1] a deployment must choose who makes accounts', () => {
  expect(() => createDeps({})).toThrow(/REGISTRATION must be given/)
})

test('[DP2] a wrong origin is told at the start, not to a page that wonders', () => {
  const env = { REGISTRATION: 'closed', ALLOWED_ORIGINS: 'chat.example.org' }
  expect(() => createDeps(env)).toThrow(/ALLOWED_ORIGINS must list origins/)
})

test('[DP3] everything else has a default or is the settings’ own', () => {
  const deps = createDeps({ REGISTRATION: 'explicit', ATTEMPTS_PER_USER: '5', ALLOWED_ORIGINS: 'loopback' })
  expect(deps).toMatchObject({
    registration: { mode: 'explicit', perNetwork: 20 },
    budgets: { perUser: { limit: 5, windowMs: 3_600_000 }, perNetwork: { limit: 1000 } },
    origins: { loopback: true },
  })
})
