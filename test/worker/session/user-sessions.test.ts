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

test('[UX3] too many are those beyond the limit, longest without a socket first, and none that has one', () => {
  const rows = [
    detached('x', 30),
    detached('y', 10),
    detached('z', 20),
    sessionRowOf('with-socket', { detachedAt: 1 }),
  ].map(row => ({ ...row, mode: 'sequenced' as const }))
  const names = (limit: number) => surplus(rows, limit).map(row => row.sessionId.slice(0, 3))
  expect(names(4)).toEqual([])
  expect(names(3)).toEqual(['s_y'])
  expect(names(1)).toEqual(['s_y', 's_z', 's_x'])
  expect(surplus([sessionRowOf('simple'), ...rows], 4)).toEqual([])
})
