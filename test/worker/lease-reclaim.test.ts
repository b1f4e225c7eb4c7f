import { expect, test } from 'vitest'
import type { SessionRow, Tenure } from '../../shared/stores/sessions.ts'
import { reclaimAll } from '../../worker/reclaim.ts'
import { sessionIdOf, sessionRowOf, workerIdOf } from '../shared/stores/rows.ts'
import { silentLog } from '../support/log.ts'
import { FakeTenures } from './ownership/fake-tenures.ts'
import { settled } from './ownership/turn.ts'

const ME = workerIdOf('me')

type Claim = (tenure: Tenure) => Promise<SessionRow | undefined>

const granted: Claim = async ({ sessionId, epoch }) => ({
  ...sessionRowOf('any', { owner: ME, epoch: epoch + 1 }),
  sessionId,
})

function setUp(count: number, claim: Claim) {
  const tenures = new FakeTenures()
  for (let each = 0; each < count; each += 1) tenures.hold(sessionRowOf(`s${each}`, { owner: ME, epoch: 4 }))
  const claimed: Tenure[] = []
  const run = () =>
    reclaimAll({
      workerId: ME,
      sessions: {
        claim: (tenure, owner) => {
          expect(owner).toBe(ME)
          claimed.push(tenure)
          return claim(tenure)
        },
      },
      tenures,
      log: silentLog,
    })
  return { tenures, claimed, run }
}

test('[RC1] every session that is held begins a new tenure', async () => {
  const { tenures, run } = setUp(100, granted)
  await run()
  expect(tenures.ids().map(id => tenures.tenure(id)?.epoch)).toEqual(Array.from({ length: 100 }, () => 5))
})

test('[RC2] what somebody else has taken is let go in silence', async () => {
  const taken = sessionIdOf('s1')
  const { tenures, run } = setUp(3, async tenure =>
    tenure.sessionId === taken ? undefined : granted(tenure),
  )
  await run()
  expect(tenures.lost).toEqual([taken])
  expect(tenures.ids()).toEqual([sessionIdOf('s0'), sessionIdOf('s2')])
})

test('[RC3] 32 claims are under way at once', async () => {
  const go = Promise.withResolvers<void>()
  const { claimed, run } = setUp(100, async tenure => {
    await go.promise
    return granted(tenure)
  })
  const running = run()
  await settled()
  expect(claimed).toHaveLength(32)
  go.resolve()
  await running
  expect(claimed).toHaveLength(100)
})

test('[RC4] one claim that fails is a failure of all, and begins no more', async () => {
  const { claimed, tenures, run } = setUp(100, async tenure => {
    if (tenure.sessionId === sessionIdOf('s5')) throw new Error('no DynamoDB')
    return granted(tenure)
  })
  await expect(run()).rejects.toThrow('no DynamoDB')
  expect(claimed.length).toBeLessThan(100)
  expect(tenures.count).toBe(100)
})

test('[RC5] a session that ends meanwhile, or has no row yet, is not asked for', async () => {
  const { claimed, tenures, run } = setUp(40, granted)
  const running = run()
  tenures.lose(sessionIdOf('s39'))
  await running
  expect(claimed.map(tenure => tenure.sessionId)).not.toContain(sessionIdOf('s39'))
})
