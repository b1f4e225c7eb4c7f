import { describe, expect, test } from 'vitest'
import { countsOf } from '../shared/emf/counts.ts'
import { sessionIdOf, sessionRowOf, workerIdOf, workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { ID, ME, PEER, setUp } from './claims-subject.ts'
import { EMPTY_HANDOVER } from './ownership/fake-tenures.ts'
import { MemoryTables } from './ownership/memory-stores.ts'
import { settled, turn } from './ownership/turn.ts'

describe('a session that is asked for', () => {
  test('[CM1] is nowhere, or elsewhere with a living owner', async () => {
    const { claims, put, peer } = setUp()
    expect(await claims.claimFor(ID)).toEqual({ kind: 'none' })
    put()
    for (const phase of ['ready', 'draining'] as const) {
      peer(phase)
      expect(await claims.claimFor(ID)).toEqual({ kind: 'elsewhere', owner: PEER })
    }
  })

  test.each(['dead', 'missing'])(
    '[CM2] of an owner that is %s is taken, and will be here soon',
    async owner => {
      const { claims, put, peer, tables, tenures } = setUp()
      put()
      if (owner === 'dead') peer('dead')
      expect(await claims.claimFor(ID)).toEqual({ kind: 'later' })
      expect(tables.sessions.get(ID)).toMatchObject({ owner: ME, epoch: 2 })
      expect(tenures.tenure(ID)).toEqual({ sessionId: ID, owner: ME, epoch: 2 })
    },
  )

  test('[CM3] held here it has not that socket; ours and not held it is over, but for a worker that drains', async () => {
    const { claims, put, tenures, state } = setUp()
    const row = put({ owner: ME })
    expect(await claims.claimFor(ID)).toEqual({ kind: 'none' })
    state.draining = true
    expect(await claims.claimFor(ID)).toEqual({ kind: 'later' })
    tenures.hold(row)
    expect(await claims.claimFor(ID)).toEqual({ kind: 'none' })
    expect(state.claims).toBe(0)
  })

  test.each([
    ['fenced', { open: false }],
    ['draining', { draining: true }],
  ])('[CM4] a worker that is %s takes nothing', async (_, change) => {
    const { claims, put, peer, state } = setUp()
    put()
    peer('dead')
    Object.assign(state, change)
    expect(await claims.claimFor(ID)).toEqual({ kind: 'later' })
    expect(await claims.takeOver(put())).toBe(false)
    expect(await claims.acceptHandover(ID, { owner: PEER, epoch: 1, handover: EMPTY_HANDOVER })).toBe('busy')
    expect(state.claims).toBe(0)
  })

  test('[CM5] a full worker takes nothing, and claims under way have their places', async () => {
    const { claims, peer, put, tenures } = setUp({ maxSessions: 2 })
    peer('dead')
    const rows = ['a', 'b', 'c', 'd'].map(name => put({ sessionId: sessionIdOf(name) }))
    const taken = await Promise.all(rows.map(row => claims.takeOver(row)))
    expect(taken.filter(Boolean)).toHaveLength(2)
    expect(tenures.count).toBe(2)
    expect(claims.able).toBe(false)
  })

  test('[CM6] asked for by many at once it is claimed once', async () => {
    const { claims, put, peer, state, tenures } = setUp()
    const row = put()
    peer('dead')
    const asked = [1, 2, 3, 4, 5].map(() => claims.claimFor(ID))
    const taken = claims.takeOver(row)
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 5 }, () => ({ kind: 'later' })))
    expect(await taken).toBe(true)
    expect(state.claims).toBe(1)
    expect(tenures.adopted).toHaveLength(1)
  })

  test('[CM7] while the tables cannot be reached the answer is later', async () => {
    const { claims, state } = setUp()
    state.cut = true
    expect(await claims.claimFor(ID)).toEqual({ kind: 'later' })
  })
})

test('[CM8] an owner that comes back keeps what it claims anew, also after its row was read as dead', async () => {
  const { claims, put, peer, tables, tenures } = setUp({
    // Alive again, then a new tenure: the order in which a lease that had run out is made good.
    afterOwnerRead: () => {
      peer('ready')
      put({ epoch: 2 })
    },
  })
  put()
  peer('dead')
  expect(await claims.claimFor(ID)).toEqual({ kind: 'later' })
  expect(tables.sessions.get(ID)).toMatchObject({ owner: PEER, epoch: 2 })
  expect(tenures.adopted).toEqual([])
})

test('[CM26] a session is being adopted from its claim until it goes on here', async () => {
  const { claims, put, peer, tenures } = setUp()
  const online = Promise.withResolvers<void>()
  tenures.adopting = online.promise
  peer('dead')
  const taken = claims.takeOver(put())
  expect(claims.adopting).toBe(0)
  await settled()
  expect(claims.adopting).toBe(1)
  online.resolve()
  await taken
  expect(claims.adopting).toBe(0)
})

describe('a hand-over', () => {
  const request = { owner: PEER, epoch: 1, handover: EMPTY_HANDOVER }

  test('[CM11] is claimed and goes on with what the owner knew', async () => {
    const { claims, put, tenures, tables } = setUp()
    put()
    expect(await claims.acceptHandover(ID, request)).toBe('claimed')
    expect(tables.sessions.get(ID)).toMatchObject({ owner: ME, epoch: 2 })
    expect(tenures.adopted).toMatchObject([{ row: { epoch: 2 }, handover: EMPTY_HANDOVER }])
  })

  test('[CM12] of another tenure than the one that holds the row is refused', async () => {
    const { claims, put, tenures } = setUp()
    put({ epoch: 2 })
    expect(await claims.acceptHandover(ID, request)).toBe('taken')
    expect(tenures.adopted).toEqual([])
  })

  test('[CM13] is not answered with what somebody else was told who only asked where it is', async () => {
    const { claims, put, peer } = setUp()
    peer('draining')
    put()
    const asked = claims.claimFor(ID)
    expect(await claims.acceptHandover(ID, request)).toBe('claimed')
    expect(await asked).toEqual({ kind: 'elsewhere', owner: PEER })
  })

  test('[CM14] is answered when the session goes on here', async () => {
    const { claims, put, tenures, clock } = setUp()
    const online = Promise.withResolvers<void>()
    tenures.adopting = online.promise
    put()
    const answers: string[] = []
    const answered = claims.acceptHandover(ID, request).then(outcome => answers.push(outcome))
    await turn(clock, 400)
    expect(answers).toEqual([])
    online.resolve()
    await answered
    expect(answers).toEqual(['claimed'])
    expect(clock.pending).toBe(0)
  })

  test('[CM27] is answered half a second after its claim when the login takes longer', async () => {
    const { claims, put, tenures, clock } = setUp()
    tenures.adopting = new Promise(() => undefined)
    put()
    const answered = claims.acceptHandover(ID, request)
    await settled()
    await turn(clock, 500)
    expect(await answered).toBe('claimed')
  })
})

test.each([
  ['half a second', 400, 900],
  ['for what is left of 1.5 s', 1300, 1500],
  ['for nothing', 2900, 2900],
])(
  '[CM28] a hand-over waits %s after a claim that takes %i ms: a peer without an answer after 3 s gives up',
  async (_howLong, claimMs, answeredMs) => {
    const { claims, put, tenures, state, clock } = setUp()
    tenures.adopting = new Promise(() => undefined)
    state.claimMs = claimMs
    put()
    const answers: number[] = []
    const request = { owner: PEER, epoch: 1, handover: EMPTY_HANDOVER }
    void claims.acceptHandover(ID, request).then(() => answers.push(clock.monotonic()))
    await settled()
    await turn(clock, 4000)
    expect(answers).toEqual([answeredMs])
  },
)

test('[CM15] of two who claim one session exactly one gets it, 1,000 times', async () => {
  const tables = new MemoryTables(new FakeClock())
  const workers = [workerRowOf('peer', { phase: 'dead' }), workerRowOf('one'), workerRowOf('two')]
  for (const row of workers) tables.workers.set(row.workerId, row)
  const [one, two] = ['one', 'two'].map(name =>
    setUp({ tables, maxSessions: 1000, workerId: workerIdOf(name) }),
  )
  const rows = Array.from({ length: 1000 }, (_, index) => sessionRowOf(`r${index}`, { owner: PEER }))
  for (const row of rows) tables.sessions.set(row.sessionId, row)
  const results = await Promise.all(
    rows.map((row, index) => {
      const [first, second] = index % 2 === 0 ? [one, two] : [two, one]
      return Promise.all([first?.claims.takeOver(row), second?.claims.claimFor(row.sessionId)])
    }),
  )
  expect(results).toHaveLength(1000)
  const held = [...(one?.tenures.ids() ?? []), ...(two?.tenures.ids() ?? [])]
  expect(held.toSorted()).toEqual(rows.map(row => row.sessionId).toSorted())
  expect([...tables.sessions.values()].every(row => row.epoch === 2)).toBe(true)
  for (const each of [one, two]) {
    expect(
      each?.tenures.ids().every(id => tables.sessions.get(id)?.owner === each.tenures.tenure(id)?.owner),
    ).toBe(true)
  }
})

test('[CM16] a session of a dead owner counts as taken over, one that its owner gives as handed over', async () => {
  const { claims, meter, peer, put } = setUp()
  peer('dead')
  await claims.takeOver(put())
  expect(countsOf(meter)).toEqual({ TakeOvers: 1 })
  const given = put({ sessionId: sessionIdOf('given') })
  await claims.acceptHandover(given.sessionId, { owner: PEER, epoch: given.epoch, handover: EMPTY_HANDOVER })
  expect(countsOf(meter)).toEqual({ HandOvers: 1 })
})
