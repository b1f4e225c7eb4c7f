import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  attachedTo,
  decideAttachment,
  detachedSince,
  dueAt,
  inDoubt,
  inheriting,
  isSocket,
  socketsOf,
  type Attachment,
  type AttachmentEvent,
} from '../../../worker/session/attachment.ts'

const KEEP_MS = 600_000

function after(state: Attachment, nowMs: number, event: AttachmentEvent) {
  return decideAttachment(state, event, { nowMs, keepMs: KEEP_MS })
}

const rolling = after(attachedTo('old', 0), 1000, { kind: 'attach', connectionId: 'new' }).state

test('[AM1] a second socket takes the place of the first, which still counts for 2 s and is closed then', () => {
  expect(socketsOf(rolling)).toEqual(['new', 'old'])
  expect(isSocket(rolling, 'old')).toBe(true)
  expect(dueAt(rolling, KEEP_MS)).toBe(3000)
  expect(after(rolling, 3000, { kind: 'time' })).toEqual({
    state: attachedTo('new', 1000),
    actions: [{ kind: 'hang-up', connectionId: 'old' }],
  })
})

test('[AM2] the end of the old socket, reported once or twice or late, leaves the new one alone', () => {
  const step = after(rolling, 1500, { kind: 'gone', connectionId: 'old' })
  expect(step).toEqual({ state: attachedTo('new', 1000), actions: [] })
  expect(after(step.state, 9000, { kind: 'gone', connectionId: 'old' })).toEqual({ ...step })
  expect(after(step.state, 9000, { kind: 'gone', connectionId: 'never' })).toEqual({ ...step })
})

test('[AM3] when the new socket goes the session is detached, and the old one is closed', () => {
  const { state, actions } = after(rolling, 2000, { kind: 'gone', connectionId: 'new' })
  expect(state).toEqual({ phase: 'detached', sinceMs: 2000, away: false })
  expect(actions).toEqual([{ kind: 'hang-up', connectionId: 'old' }, { kind: 'detach' }])
})

test('[AM4] a third socket closes the first at once', () => {
  const { state, actions } = after(rolling, 1500, { kind: 'attach', connectionId: 'third' })
  expect(socketsOf(state)).toEqual(['third', 'new'])
  expect(actions).toEqual([{ kind: 'hang-up', connectionId: 'old' }])
})

test('[AM5] the same socket again is no roll', () => {
  expect(after(attachedTo('c', 0), 5, { kind: 'attach', connectionId: 'c' })).toEqual({
    state: attachedTo('c', 5),
    actions: [],
  })
})

test('[AM6] without a socket: away after 60 s, expired after the time to keep', () => {
  const detached = detachedSince(0, 0)
  expect(dueAt(detached, KEEP_MS)).toBe(60_000)
  expect(after(detached, 59_999, { kind: 'time' }).actions).toEqual([])
  const away = after(detached, 60_000, { kind: 'time' })
  expect(away.actions).toEqual([{ kind: 'away', away: true }])
  expect(dueAt(away.state, KEEP_MS)).toBe(KEEP_MS)
  expect(after(away.state, KEEP_MS, { kind: 'time' }).actions).toEqual([{ kind: 'expire' }])
  expect(after(away.state, 70_000, { kind: 'attach', connectionId: 'c' })).toEqual({
    state: attachedTo('c', 70_000),
    actions: [{ kind: 'away', away: false }],
  })
})

test('[AM7] a session that is kept shorter than 60 s is never away', () => {
  const detached = detachedSince(0, 0)
  expect(dueAt(detached, 30_000)).toBe(30_000)
  const { actions } = decideAttachment(detached, { kind: 'time' }, { nowMs: 30_000, keepMs: 30_000 })
  expect(actions).toEqual([{ kind: 'expire' }])
})

test('[AM8] 11 minutes of silence or 2 h and a minute of age are the end of a socket; each sign of life puts off the first', () => {
  const fresh = attachedTo('c', 0)
  expect(dueAt(fresh, KEEP_MS)).toBe(660_000)
  const heard = after(fresh, 600_000, { kind: 'heard' }).state
  expect(dueAt(heard, KEEP_MS)).toBe(1_260_000)
  expect(after(heard, 660_000, { kind: 'time' }).actions).toEqual([])
  const late = after(fresh, 7_259_000, { kind: 'heard' }).state
  expect(dueAt(late, KEEP_MS)).toBe(7_260_000)
  expect(after(late, 7_260_000, { kind: 'time' }).actions).toEqual([{ kind: 'detach' }])
})

test('[AM10] an inherited socket is attached once it is known to be ours, and no sooner', () => {
  const inherited = inheriting('c', 0)
  expect(socketsOf(inherited)).toEqual(['c'])
  expect(after(inherited, 5, { kind: 'ours' })).toEqual({ state: attachedTo('c', 0), actions: [] })
  expect(after(inherited, 5, { kind: 'heard' }).state.phase).toBe('inherited')
  const gone = after(inherited, 5, { kind: 'gone', connectionId: 'c' })
  expect(gone).toEqual({ state: detachedSince(0, 5), actions: [{ kind: 'detach' }] })
  expect(after(gone.state, 6, { kind: 'ours' })).toEqual({ state: gone.state, actions: [] })
  expect(after(rolling, 1500, { kind: 'ours' })).toEqual({ state: rolling, actions: [] })
})

test('[AM11] an inherited socket that may be another’s is never closed: not for its age, nor for a new one', () => {
  const inherited = inheriting('c', 0)
  expect(dueAt(inherited, KEEP_MS)).toBe(660_000)
  expect(after(inherited, 660_000, { kind: 'time' }).actions).toEqual([{ kind: 'detach' }])
  expect(after(inherited, 5, { kind: 'attach', connectionId: 'd' })).toEqual({
    state: attachedTo('d', 5),
    actions: [],
  })
})

test('[AM12] a socket in doubt is as one that is inherited, the newer of two; without a socket nothing is in doubt', () => {
  expect(inDoubt(attachedTo('c', 7))).toEqual(inheriting('c', 7))
  expect(inDoubt(rolling)).toEqual(inheriting('new', 1000))
  expect(inDoubt(inheriting('c', 7))).toEqual(inheriting('c', 7))
  expect(inDoubt(detachedSince(0, 7))).toEqual(detachedSince(0, 7))
})

const event = fc.oneof(
  fc.record({
    kind: fc.constantFrom('attach' as const, 'gone' as const),
    connectionId: fc.constantFrom('a', 'b', 'c'),
  }),
  fc.record({ kind: fc.constantFrom('heard' as const, 'time' as const, 'ours' as const) }),
)

test('[AM9] whatever comes, a socket is closed or given up only when it is the session’s no more', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(attachedTo, inheriting),
      fc.array(fc.tuple(event, fc.nat(120_000)), { maxLength: 60 }),
      (begin, events) => {
        let state: Attachment = begin('a', 0)
        let nowMs = 0
        for (const [each, passedMs] of events) {
          nowMs += passedMs
          const step = after(state, nowMs, each)
          state = step.state
          for (const action of step.actions) {
            if ('connectionId' in action) expect(isSocket(state, action.connectionId)).toBe(false)
          }
          expect(new Set(socketsOf(state)).size).toBe(socketsOf(state).length)
        }
      },
    ),
  )
})
