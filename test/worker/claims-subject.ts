import { sleep } from '../../shared/clock.ts'
import { Tally } from '../../shared/emf/tally.ts'
import { Claims } from '../../worker/claims.ts'
import { sessionIdOf, sessionRowOf, workerIdOf, workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { silentLog } from '../support/log.ts'
import { FakeTenures } from './ownership/fake-tenures.ts'
import { MemoryTables, Unreachable } from './ownership/memory-stores.ts'

export const ME = workerIdOf('me')
export const PEER = workerIdOf('peer')
export const ID = sessionIdOf('s')

/** Claims of one worker over tables and sessions in memory; `state` is the trouble it is in. */
export function setUp({
  maxSessions = 10,
  clock = new FakeClock(),
  tables = new MemoryTables(clock),
  workerId = ME,
  afterOwnerRead = () => {},
} = {}) {
  const tenures = new FakeTenures()
  const meter = new Tally()
  const state = {
    open: true,
    draining: false,
    cut: false,
    answersLost: false,
    claimsLost: false,
    claims: 0,
    claimMs: 0,
  }
  const way = {
    before: async () => {
      if (state.cut) throw new Unreachable()
    },
    after: async () => {
      if (state.answersLost) throw new Unreachable()
    },
  }
  const sessions = tables.sessionsOver(way)
  const workers = tables.workersOver(way)
  const claims = new Claims({
    workerId,
    sessions: {
      get: id => sessions.get(id),
      claim: async (tenure, owner) => {
        state.claims += 1
        if (state.claimMs > 0) await sleep(clock, state.claimMs)
        const row = await sessions.claim(tenure, owner)
        if (state.claimsLost) throw new Unreachable()
        return row
      },
    },
    workers: {
      get: async id => {
        const row = await workers.get(id)
        afterOwnerRead()
        return row
      },
    },
    tenures,
    fence: {
      get open() {
        return state.open
      },
    },
    maxSessions,
    draining: () => state.draining,
    clock,
    log: silentLog,
    meter,
  })
  const put = (change: Partial<ReturnType<typeof sessionRowOf>> = {}) => {
    const row = sessionRowOf('s', { owner: PEER, ...change })
    tables.sessions.set(row.sessionId, row)
    return row
  }
  const peer = (phase: 'ready' | 'draining' | 'dead') => {
    tables.workers.set(PEER, workerRowOf('peer', { phase }))
  }
  return { clock, tables, tenures, meter, state, claims, put, peer }
}
