import { expect, test } from 'vitest'
import type { SessionRow } from '../../shared/stores/sessions.ts'
import { rendezvous } from '../../worker/rendezvous.ts'
import { Takeover } from '../../worker/takeover.ts'
import { sessionIdOf, sessionRowOf, workerIdOf, workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { keptLog } from '../support/log.ts'
import { MemoryTables, OPEN_WAY } from './ownership/memory-stores.ts'
import { turn } from './ownership/turn.ts'

const ME = workerIdOf('me')
const dead = workerRowOf('dead', { phase: 'dead' })
const me = workerRowOf('me')
const peer = workerRowOf('peer')
const both = [me.workerId, peer.workerId]

function setUp(names: readonly string[], change: (name: string) => Partial<SessionRow> = () => ({})) {
  const clock = new FakeClock()
  const tables = new MemoryTables(clock)
  for (const name of names) {
    const row = sessionRowOf(name, { owner: dead.workerId, ...change(name) })
    tables.sessions.set(row.sessionId, row)
  }
  const taken: string[] = []
  const lines: string[] = []
  const state = { able: true, asked: 0, read: 0, listed: (ids: readonly string[]) => ids, failing: false }
  const sessions = tables.sessionsOver(OPEN_WAY)
  const takeover = new Takeover({
    workerId: ME,
    sessions: {
      getMany: async ids => {
        state.read += 1
        const bad = ids.filter(id => id === sessionIdOf('bad'))
        const { rows } = await sessions.getMany(ids.filter(id => !bad.includes(id)))
        return { rows, unread: bad }
      },
      ownedBy: async owner => {
        state.asked += 1
        if (state.failing) throw new Error('no DynamoDB')
        return state.listed(await sessions.ownedBy(owner))
      },
    },
    workers: tables.workersOver(OPEN_WAY),
    claims: {
      get able() {
        return state.able
      },
      takeOver: async row => {
        taken.push(row.sessionId)
        return (await sessions.claim(row, ME)) !== undefined
      },
    },
    clock,
    log: keptLog(lines),
  })
  return { clock, tables, takeover, taken, state, lines }
}

const names = Array.from({ length: 40 }, (_, index) => `s${index}`)
const share = (workerId: string) => names.map(sessionIdOf).filter(id => rendezvous(id, both) === workerId)

test('[TK1] a worker takes its share of a dead one at once', async () => {
  const { clock, takeover, taken, lines } = setUp(names)
  takeover.follow({ ready: [me, peer], dead: [dead] })
  await turn(clock, 100)
  expect(taken.toSorted()).toEqual(share(ME).toSorted())
  expect(lines.filter(line => line.includes('sessions taken over'))).toHaveLength(1)
  takeover.stop()
})

test('[TK2] what its peer has not taken after 6 s it takes as well', async () => {
  const { clock, takeover, taken } = setUp(names)
  takeover.follow({ ready: [me, peer], dead: [dead] })
  await turn(clock, 5900)
  expect(taken).toHaveLength(share(ME).length)
  await turn(clock, 200)
  expect(taken.toSorted()).toEqual(names.map(sessionIdOf).toSorted())
  takeover.stop()
})

test('[TK3] sessions with an open socket come first', async () => {
  const { clock, takeover, taken } = setUp(names, name => (name.endsWith('0') ? {} : { sockets: [] }))
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 100)
  expect(taken.slice(0, 4).toSorted()).toEqual(['s0', 's10', 's20', 's30'].map(sessionIdOf).toSorted())
  takeover.stop()
})

test('[TK4] a worker that may take no more leaves the rest to others, and asks again', async () => {
  const { clock, takeover, taken, state } = setUp(names)
  state.able = false
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 1000)
  expect(taken).toEqual([])
  state.able = true
  await turn(clock, 1100)
  expect(taken).toHaveLength(names.length)
  takeover.stop()
})

test('[TK5] the index is asked until it was empty twice in a row, and no more', async () => {
  const { clock, takeover, taken, state } = setUp(names)
  // Eventually consistent: the first answer comes too early.
  state.listed = ids => (state.asked === 1 ? [] : ids)
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 60_000)
  expect(taken).toHaveLength(names.length)
  expect(state.asked).toBe(4)
  expect(clock.pending).toBe(0)
})

test('[TK6] an index that still names sessions of others is empty', async () => {
  const { clock, takeover, taken, state } = setUp(names, () => ({ owner: peer.workerId }))
  state.listed = () => names.map(sessionIdOf)
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 60_000)
  expect(taken).toEqual([])
  expect(state.asked).toBe(2)
})

test('[TK7] a row that cannot be read holds up no other, and is asked for again for 10 minutes', async () => {
  const { clock, takeover, taken, state } = setUp([...names, 'bad'])
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 100)
  expect(taken).toHaveLength(names.length)
  await turn(clock, 700_000)
  expect(state.asked).toBe(300)
  expect(clock.pending).toBe(0)
})

test('[TK11] the rows of a share are read at once', async () => {
  const many = Array.from({ length: 250 }, (_, index) => `s${index}`)
  const { clock, takeover, taken, state } = setUp(many)
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 100)
  expect(taken).toHaveLength(250)
  expect(state.read).toBe(1)
  takeover.stop()
})

test('[TK12] a worker that has come back when the rows are read keeps its sessions', async () => {
  const { clock, tables, takeover, taken } = setUp(names)
  tables.workers.set(dead.workerId, { ...dead, phase: 'ready' })
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 1000)
  expect(taken).toEqual([])
  takeover.stop()
})

test('[TK8] a table that cannot be read is not an empty one', async () => {
  const { clock, takeover, taken, state } = setUp(names)
  state.failing = true
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 30_000)
  state.failing = false
  await turn(clock, 2000)
  expect(taken).toHaveLength(names.length)
  takeover.stop()
})

test('[TK9] a worker that comes back is left in peace, and begun with anew when it dies again', async () => {
  const { clock, takeover, state, taken } = setUp(names)
  state.able = false
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 1000)
  takeover.follow({ ready: [me, dead], dead: [] })
  state.able = true
  await turn(clock, 10_000)
  expect(taken).toEqual([])
  takeover.follow({ ready: [me], dead: [dead] })
  await turn(clock, 100)
  expect(taken).toHaveLength(names.length)
  takeover.stop()
})

test('[TK10] after stop nothing is begun and no timer is left', async () => {
  const { clock, takeover, taken } = setUp(names)
  takeover.follow({ ready: [], dead: [dead] })
  await turn(clock, 100)
  takeover.stop()
  await turn(clock, 10_000)
  expect(taken).toEqual([])
  expect(clock.pending).toBe(0)
})
