import { expect, test } from 'vitest'
import type { SessionRow } from '../../../shared/stores/sessions.ts'
import { isForetold, nextToGo, vacantElsewhere, type Asked } from '../../../worker/session/user-sessions.ts'
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

/** Who is asked, in turn, when all refuse but the last. */
function askedUntil(accepts: (asked: Asked) => boolean, rows: readonly SessionRow[], limit: number) {
  const refusals: Asked[] = []
  for (;;) {
    const asked = nextToGo(rows, limit, NEWCOMER, refusals)
    if (asked === undefined || accepts(asked)) return [...refusals, asked].map(nameOf)
    refusals.push(asked)
  }
}
const nobody = () => false
const nameOf = (asked: Asked | undefined) =>
  asked && `${asked.row.sessionId.slice(0, 3)}${asked.attached ? ' with its socket' : ''}`

test('[UX3] too many are asked to go: longest without a socket first, then with one, oldest first; with their socket only when all have refused', () => {
  const rows = [detached('x', 30), attached('p', 20), detached('y', 10), attached('q', 5), detached('z', 20)]
  expect(askedUntil(nobody, rows, 6)).toEqual([undefined])
  const inOrder = ['s_y', 's_z', 's_x', 's_q', 's_p']
  const withSocket = inOrder.map(name => `${name} with its socket`)
  expect(askedUntil(nobody, rows, 5)).toEqual([...inOrder, ...withSocket, undefined])
  expect(askedUntil(({ row }) => row.sessionId.startsWith('s_x'), rows, 5)).toEqual(['s_y', 's_z', 's_x'])
})

test('[UX6] one that refused because it has just come back is chosen again by its age among those with a socket', () => {
  const before = [detached('x', 30), attached('p', 10), attached('q', 5)]
  const refusals = before.map(row => ({ row, attached: false }))
  const now = [attached('x', 7), attached('p', 10), attached('q', 5)]
  expect(nameOf(nextToGo(now, 3, NEWCOMER, refusals))).toBe('s_q with its socket')
  const withQ = [...refusals, { row: attached('q', 5), attached: true }]
  expect(nameOf(nextToGo(now, 3, NEWCOMER, withQ))).toBe('s_x with its socket')
  expect(nextToGo(now.slice(1), 3, NEWCOMER, refusals)).toBeUndefined()
})

test('[UX7] a refusal is no surprise of one whose row names a socket, when it was not asked to go with that', () => {
  expect(isForetold({ row: attached('p', 1), attached: false })).toBe(true)
  expect(isForetold({ row: attached('p', 1), attached: true })).toBe(false)
  expect(isForetold({ row: detached('x', 1), attached: false })).toBe(false)
})

test('[UX4] simple sessions count like sequenced ones, and the newcomer stays, whether or not its row is seen', () => {
  const rows = [attached('p', 1), attached('q', 2)].map((row, index) => ({
    ...row,
    mode: index === 0 ? ('simple' as const) : ('sequenced' as const),
  }))
  const own = { ...attached('n', 0), sessionId: NEWCOMER.sessionId }
  for (const all of [rows, [own, ...rows]])
    expect(askedUntil(({ attached: forced }) => forced, all, 2)).toEqual([
      's_p',
      's_q',
      's_p with its socket',
    ])
})

test("[UX5] the session that the newcomer's socket had before goes first, and the socket stays: it counts as gone when it refuses", () => {
  const rows = [attached('p', 1), attached('q', 2, NEWCOMER.connectionId)]
  expect(askedUntil(nobody, rows, 2)).toEqual(['s_q', undefined])
  const [p, q] = [attached('p', 1), attached('q', 2, NEWCOMER.connectionId)]
  const told = detached('q', 50)
  expect(nextToGo([p, told], 2, NEWCOMER, [{ row: q, attached: false }])).toBeUndefined()
})
