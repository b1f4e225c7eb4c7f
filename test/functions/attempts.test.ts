import { expect, test, vi } from 'vitest'
import { networkOf, slowDownMs, takeAttempt, undoAttempt } from '../../functions/attempts.ts'
import { useHarness } from './harness.ts'

const makeHarness = useHarness()
const budgets = { perUser: { limit: 2, windowMs: 60_000 }, perNetwork: { limit: 3, windowMs: 60_000 } }

test.each([
  ['203.0.113.7', '203.0.113.0/24'],
  ['203.0.113.255', '203.0.113.0/24'],
  ['203.0.114.7', '203.0.114.0/24'],
  ['::ffff:203.0.113.7', '203.0.113.0/24'],
  ['2001:db8:1:2ff::1', '2001:db8:1:200::/56'],
  ['2001:DB8:1:2ff:ffff:ffff:ffff:ffff', '2001:db8:1:200::/56'],
  ['2001:0db8:0001:0201:0:0:0:1', '2001:db8:1:200::/56'],
  ['2001:db8:1:300::1', '2001:db8:1:300::/56'],
  ['2001:db8::', '2001:db8:0:0::/56'],
  ['::1', '0:0:0:0::/56'],
  ['::', '0:0:0:0::/56'],
  ['1:2:3:4:5:6:7::', '1:2:3:0::/56'],
  ['fe80::1%eth0', 'fe80:0:0:0::/56'],
  ['', 'unknown'],
  ['999.1.1.1', 'unknown'],
  ['evil#user', 'unknown'],
])('[AT1] the network of %j is %s', (address, network) => expect(networkOf(address)).toBe(network))

test('[AT2] 20 checks of one name run at once, later ones wait longer each, up to 2 s', () => {
  expect([1, 20, 21, 22, 23, 24, 25, 26, 1000, Number.MAX_SAFE_INTEGER].map(slowDownMs)).toEqual([
    0, 0, 125, 250, 500, 1000, 2000, 2000, 2000, 2000,
  ])
})

test('[AT3] a name is locked within one network and only there', async () => {
  const { deps, clock } = makeHarness({ budgets })
  const take = (network: string) => takeAttempt(deps, { network, username: 'sergio' })
  expect(await take('one')).toEqual({ kind: 'go', waitMs: 0 })
  expect(await take('one')).toEqual({ kind: 'go', waitMs: 0 })
  clock.advance(2000)
  expect(await take('one')).toEqual({ kind: 'locked', retryAfterMs: 58_000 })
  expect(await take('two')).toEqual({ kind: 'go', waitMs: 0 })
})

test('[AT4] a locked name takes nothing from its network', async () => {
  const { deps, clock } = makeHarness({ budgets })
  const take = (username: string) => takeAttempt(deps, { network: 'one', username })
  for (let count = 0; count < 2; count += 1) await take('sergio')
  clock.advance(2000)
  for (let count = 0; count < 3; count += 1)
    expect(await take('sergio')).toEqual({ kind: 'locked', retryAfterMs: 58_000 })
  expect(await take('ana')).toEqual({ kind: 'go', waitMs: 0 })
  expect(await take('ana')).toEqual({ kind: 'locked', retryAfterMs: 58_000 })
})

test('[AT5] a name that nobody can have counts against the network alone', async () => {
  const { deps } = makeHarness({ budgets })
  const nobody = { network: 'one', username: undefined }
  for (let count = 0; count < 3; count += 1)
    expect(await takeAttempt(deps, nobody)).toEqual({ kind: 'go', waitMs: 0 })
  expect(await takeAttempt(deps, nobody)).toEqual({ kind: 'locked', retryAfterMs: 60_000 })
  await undoAttempt(deps.attempts, nobody, true)
  expect(await takeAttempt(deps, nobody)).toEqual({ kind: 'go', waitMs: 0 })
})

test('[AT6] an attempt that nobody could decide is given back everywhere, and earlier failures stay', async () => {
  const { deps, clock } = makeHarness({ budgets })
  const attempt = { network: 'one', username: 'sergio' }
  await takeAttempt(deps, attempt)
  for (let count = 0; count < 5; count += 1) {
    expect(await takeAttempt(deps, attempt)).toMatchObject({ kind: 'go' })
    await undoAttempt(deps.attempts, attempt, false)
  }
  await takeAttempt(deps, attempt)
  clock.advance(2000)
  expect(await takeAttempt(deps, attempt)).toMatchObject({ kind: 'locked' })
})

test('[AT7] a whole budget within the first 2 s may be sign-ins under way: what comes more waits for their end', async () => {
  const { deps, clock } = makeHarness({ budgets })
  const attempt = { network: 'one', username: 'sergio' }
  for (let count = 0; count < 2; count += 1) await takeAttempt(deps, attempt)
  const third = takeAttempt(deps, attempt)
  await vi.waitUntil(() => clock.pending === 1)
  for (let count = 0; count < 2; count += 1) await undoAttempt(deps.attempts, attempt, true)
  clock.advance(2000)
  expect(await third).toEqual({ kind: 'go', waitMs: 0 })
})

test('[AT8] when they were failures it is locked after that wait, and the next ones without any', async () => {
  const { deps, clock } = makeHarness({ budgets })
  const attempt = { network: 'one', username: 'sergio' }
  for (let count = 0; count < 2; count += 1) await takeAttempt(deps, attempt)
  const third = takeAttempt(deps, attempt)
  await vi.waitUntil(() => clock.pending === 1)
  clock.advance(2000)
  expect(await third).toEqual({ kind: 'locked', retryAfterMs: 58_000 })
  expect(await takeAttempt(deps, attempt)).toEqual({ kind: 'locked', retryAfterMs: 58_000 })
})
