import { expect, test } from 'vitest'
import { surplus, vacantElsewhere } from '../../../worker/session/user-sessions.ts'
import { sessionRowOf, workerIdOf } from '../../shared/stores/rows.ts'

const detached = (name: string, detachedAt: number, owner = 'b') =>
  sessionRowOf(name, { owner: workerIdOf(owner), sockets: [], detachedAt })
const around = { clock: { now: () => 100_000 }, simpleKeepMs: 30_000, workerId: workerIdOf('a') }
const of = (...rows: ReturnType<typeof detached>[]) =>
  vacantElsewhere(rows, { ...around, clock: { ...around.clock, monotonic: () => 0, after: () => () => {} } })

test('[UX1] the owner is named of the simple session that lost its socket last, while it is kept', () => {
  expect(of(detached('x', 80_000, 'b'), detached('y', 90_000, 'c'))).toBe(workerIdOf('c'))
  expect(of(detached('x', 70_000))).toBeUndefined()
})

test('[UX2] one with a socket, a sequenced one, or one of this worker is none', () => {
  expect(of(sessionRowOf('x', { owner: workerIdOf('b'), detachedAt: 90_000 }))).toBeUndefined()
  expect(of({ ...detached('x', 90_000), mode: 'sequenced' })).toBeUndefined()
  expect(of(detached('x', 90_000, 'a'))).toBeUndefined()
})

const NEWCOMER = { sessionId: 's_new', connectionId: 'new=' }
const attached = (name: string, openedAt: number, connectionId = `${name}=`) =>
  sessionRowOf(name, { sockets: [{ connectionId }], openedAt })
const surplusOf = (rows: ReturnType<typeof detached>[], limit: number) =>
  surplus(rows, limit, NEWCOMER).map(each => [each.row.sessionId.slice(0, 3), each.attached])

test('[UX3] too many are those beyond the limit: longest without a socket first, then with one, oldest first', () => {
  const rows = [detached('x', 30), attached('p', 20), detached('y', 10), attached('q', 5), detached('z', 20)]
  expect(surplusOf(rows, 6)).toEqual([])
  expect(surplusOf(rows, 5)).toEqual([['s_y', false]])
  expect(surplusOf(rows, 1)).toEqual([
    ['s_y', false],
    ['s_z', false],
    ['s_x', false],
    ['s_q', true],
    ['s_p', true],
  ])
})

test('[UX4] simple sessions count like sequenced ones, and the newcomer stays, whether or not its row is seen', () => {
  const rows = [attached('p', 1), attached('q', 2)].map((row, index) => ({
    ...row,
    mode: index === 0 ? ('simple' as const) : ('sequenced' as const),
  }))
  const own = { ...attached('n', 0), sessionId: NEWCOMER.sessionId }
  expect(surplusOf(rows, 2)).toEqual([['s_p', true]])
  expect(surplusOf([own, ...rows], 2)).toEqual([['s_p', true]])
})

test("[UX5] the session that the newcomer's socket had before goes first, and the socket stays", () => {
  const rows = [attached('p', 1), attached('q', 2, NEWCOMER.connectionId)]
  expect(surplusOf(rows, 2)).toEqual([['s_q', false]])
})
