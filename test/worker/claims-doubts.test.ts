import { describe, expect, test } from 'vitest'
import { countsOf } from '../shared/emf/counts.ts'
import { sessionRowOf } from '../shared/stores/rows.ts'
import { ID, ME, PEER, setUp } from './claims-subject.ts'
import { EMPTY_HANDOVER } from './ownership/fake-tenures.ts'
import { OPEN_WAY, Unreachable } from './ownership/memory-stores.ts'

describe('a claim whose answer is lost', () => {
  test('[CM9] is asked for again until it is known, claimed anew, and goes on with what was handed over', async () => {
    const { claims, put, state, tenures } = setUp()
    put()
    state.answersLost = true
    const offered = claims.acceptHandover(ID, { owner: PEER, epoch: 1, handover: EMPTY_HANDOVER })
    await expect(offered).rejects.toBeInstanceOf(Unreachable)
    await claims.settleDoubts()
    expect(tenures.count).toBe(0)
    state.answersLost = false
    await claims.settleDoubts()
    expect(tenures.tenure(ID)).toMatchObject({ epoch: 3 })
    await claims.settleDoubts()
    expect(tenures.adopted).toMatchObject([{ row: { epoch: 3 }, handover: EMPTY_HANDOVER }])
    expect(state.claims).toBe(2)
  })

  test('[CM10] is forgotten when somebody else has it', async () => {
    const { claims, put, peer, state, tenures } = setUp()
    peer('ready')
    put()
    state.answersLost = true
    const offered = claims.acceptHandover(ID, { owner: PEER, epoch: 1, handover: EMPTY_HANDOVER })
    await expect(offered).rejects.toBeInstanceOf(Unreachable)
    state.answersLost = false
    put({ epoch: 3 })
    await claims.settleDoubts()
    await claims.settleDoubts()
    expect(tenures.adopted).toEqual([])
  })

  test('[CM17] is not believed while a peer that saw this worker dead may be about to claim what it read', async () => {
    const { claims, put, state, tables, tenures } = setUp()
    put()
    state.answersLost = true
    const offered = claims.acceptHandover(ID, { owner: PEER, epoch: 1, handover: EMPTY_HANDOVER })
    await expect(offered).rejects.toBeInstanceOf(Unreachable)
    state.answersLost = false
    const read = { sessionId: ID, owner: ME, epoch: 2 }
    expect(tables.sessions.get(ID)).toMatchObject(read)
    await claims.settleDoubts()
    expect(await tables.sessionsOver(OPEN_WAY).claim(read, PEER)).toBeUndefined()
    expect(tenures.tenure(ID)).toMatchObject({ owner: ME, epoch: 3 })
  })
})

describe('a session that is let go, since a peer did not say whether it took it', () => {
  const known = { ...EMPTY_HANDOVER, up: { last: 7, acked: 7, ids: [] } }

  function letGo() {
    const subject = setUp()
    const row = subject.put({ owner: ME })
    subject.claims.letGo(row, known)
    const offered = { sessionId: ID, owner: ME, epoch: row.epoch }
    const take = () => subject.tables.sessionsOver(OPEN_WAY).claim(offered, PEER)
    return { ...subject, take }
  }

  test.each(['asked for', 'settled'])(
    '[CM18] comes back when it is %s, under a new epoch and with all that was known of it: the peer is too late then',
    async how => {
      const { claims, tenures, take, state } = letGo()
      if (how === 'settled') await claims.settleDoubts()
      else expect(await claims.claimFor(ID)).toEqual({ kind: 'later' })
      expect(tenures.adopted).toMatchObject([{ row: { owner: ME, epoch: 2 }, handover: known }])
      expect(await take()).toBeUndefined()
      await claims.settleDoubts()
      expect(state.claims).toBe(1)
    },
  )

  test('[CM19] is left to the peer that has it', async () => {
    const { claims, tenures, take, peer, state } = letGo()
    peer('ready')
    await take()
    expect(await claims.claimFor(ID)).toEqual({ kind: 'elsewhere', owner: PEER })
    await claims.settleDoubts()
    expect(tenures.adopted).toEqual([])
    expect(state.claims).toBe(0)
  })

  test('[CM20] is left to the peer that was faster by a moment', async () => {
    const { claims, tenures, take, peer, tables } = letGo()
    peer('ready')
    const settling = claims.settleDoubts()
    await take()
    await settling
    expect(tables.sessions.get(ID)).toMatchObject({ owner: PEER, epoch: 2 })
    expect(tenures.adopted).toEqual([])
    expect(await claims.claimFor(ID)).toEqual({ kind: 'elsewhere', owner: PEER })
  })

  test('[CM21] stays in doubt as long as the tables cannot be reached or the fence is closed', async () => {
    const { claims, tenures, state } = letGo()
    state.cut = true
    await claims.settleDoubts()
    state.cut = false
    state.open = false
    await claims.settleDoubts()
    expect(state.claims).toBe(0)
    state.open = true
    await claims.settleDoubts()
    expect(tenures.adopted).toHaveLength(1)
  })

  test('[CM22] comes back to a worker that is full meanwhile: nobody else would take it', async () => {
    const { claims, tenures } = letGo()
    for (let each = 0; each < 10; each += 1) tenures.hold(sessionRowOf(`other${each}`, { owner: ME }))
    expect(claims.able).toBe(false)
    await claims.settleDoubts()
    expect(tenures.adopted).toHaveLength(1)
  })

  test('[CM23] with an answer lost once more it still comes back as it was', async () => {
    const { claims, tenures, state } = letGo()
    state.claimsLost = true
    await claims.settleDoubts()
    expect(tenures.adopted).toEqual([])
    state.claimsLost = false
    await claims.settleDoubts()
    expect(tenures.adopted).toMatchObject([{ row: { epoch: 3 }, handover: known }])
  })

  test('[CM24] taken back after others had it, it goes on without what was known', async () => {
    const { claims, tenures, put } = letGo()
    put({ owner: ME, epoch: 3 })
    await claims.settleDoubts()
    expect(tenures.adopted).toMatchObject([{ row: { epoch: 4 }, handover: undefined }])
  })

  test('[CM25] is neither taken over nor handed over when it comes back', async () => {
    const { claims, meter } = letGo()
    await claims.settleDoubts()
    expect(countsOf(meter)).toEqual({})
  })
})
