import { describe, expect, test } from 'vitest'
import { decide } from '../../../worker/session/decide.ts'
import {
  adopted,
  finalCode,
  isStrange,
  losesStream,
  type SessionEvent,
  type SessionState,
} from '../../../worker/session/state.ts'

const now = { nowMs: 10_000, random: 0.5, reconnectForMs: 60_000 }
const opened = { kind: 'opened', resumed: false, registered: false, failedH: undefined } as const
const absence = { sinceMs: 10_000, attempt: 0, adopted: false } as const
const waiting = { phase: 'waiting', ...absence, retryAtMs: 10_500 } as const
const dialling = { phase: 'dialling', ...absence } as const

const states: readonly SessionState[] = [
  { phase: 'opening' },
  { phase: 'greeting', registered: true },
  { phase: 'online' },
  waiting,
  dialling,
  { phase: 'ended', why: 'left' },
]
const events: readonly SessionEvent[] = [
  opened,
  { kind: 'introduced' },
  { kind: 'refused' },
  { kind: 'failed' },
  { kind: 'stream-over', final: undefined },
  { kind: 'retry-due' },
  { kind: 'leave', id: 'l1' },
  { kind: 'expired' },
  { kind: 'evicted' },
  { kind: 'too-slow' },
  { kind: 'lost' },
]

describe('the life of a session', () => {
  test('[SE1] the first login introduces the session to the server, and only then welcomes the client', () => {
    const greeting = decide({ phase: 'opening' }, { ...opened, registered: true }, now)
    expect(greeting).toEqual({
      state: { phase: 'greeting', registered: true },
      actions: [{ kind: 'introduce' }],
    })
    expect(decide(greeting.state, { kind: 'introduced' }, now)).toEqual({
      state: { phase: 'online' },
      actions: [{ kind: 'welcome', registered: true }],
    })
  })

  test('[SE12] a stream lost before the welcome ends the session: the client has nothing to come back for', () => {
    const step = decide(
      { phase: 'greeting', registered: false },
      { kind: 'stream-over', final: undefined },
      now,
    )
    expect(step.actions).toEqual([{ kind: 'end', why: 'server-gone' }])
  })

  test.each([{ kind: 'refused' }, { kind: 'failed' }] as const)(
    '[SE2] a first login that comes to nothing ($kind) ends without a word to the client: its caller answers',
    event => {
      expect(decide({ phase: 'opening' }, event, now).actions).toEqual([{ kind: 'end', why: 'not-opened' }])
    },
  )

  test('[SE3] a lost stream is dialled again after a wait with full jitter', () => {
    const lost = decide({ phase: 'online' }, { kind: 'stream-over', final: undefined }, now)
    expect(lost.state).toEqual(waiting)
    expect(lost.actions).toEqual([{ kind: 'wait', ms: 500 }])
    expect(decide(waiting, { kind: 'retry-due' }, now)).toEqual({
      state: dialling,
      actions: [{ kind: 'dial' }],
    })
  })

  test('[SE4] each failure doubles the ceiling of the wait, up to 30 s', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 40].map(attempt => {
      const [action] = decide({ ...dialling, attempt }, { kind: 'failed' }, { ...now, random: 1 }).actions
      return action?.kind === 'wait' ? action.ms : undefined
    })
    expect(waits).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000])
  })

  test('[SE5] after the time for coming back is over the session ends as server-gone', () => {
    const step = decide(dialling, { kind: 'failed' }, { ...now, nowMs: 70_000 })
    expect(step).toEqual({
      state: { phase: 'ended', why: 'server-gone' },
      actions: [{ kind: 'end', why: 'server-gone' }],
    })
  })

  test('[SE6] a resumed stream needs nothing; a new one starts over and introduces itself', () => {
    expect(decide(dialling, { ...opened, resumed: true }, now).actions).toEqual([])
    expect(decide(dialling, { ...opened, failedH: 7 }, now).actions).toEqual([
      { kind: 'start-over', failedH: 7 },
      { kind: 'introduce' },
    ])
  })

  test('[SE7] credentials refused on the way back end the session as signed-out', () => {
    expect(decide(dialling, { kind: 'refused' }, now).actions).toEqual([{ kind: 'end', why: 'signed-out' }])
  })

  test('[SE8] a final stream error ends the session with its own code; a conflict is none', () => {
    const step = decide({ phase: 'online' }, { kind: 'stream-over', final: finalCode('not-authorized') }, now)
    expect(step.actions).toEqual([{ kind: 'end', why: 'signed-out' }])
    expect(finalCode('conflict')).toBeUndefined()
    expect(finalCode('system-shutdown')).toBeUndefined()
    expect(finalCode('policy-violation')).toBeUndefined()
  })

  test.each([
    { kind: 'leave', id: undefined },
    { kind: 'expired' },
    { kind: 'evicted' },
    { kind: 'too-slow' },
    { kind: 'lost' },
  ] as const)('[SE9] $kind ends the session from every phase', event => {
    for (const state of states.filter(each => each.phase !== 'ended')) {
      expect(decide(state, event, now).state.phase).toBe('ended')
    }
  })

  test('[SE13] the answer to a LEAVE carries its id', () => {
    const step = decide({ phase: 'online' }, { kind: 'leave', id: 'l1' }, now)
    expect(step.actions).toEqual([{ kind: 'end', why: 'left', id: 'l1' }])
  })

  test('[SE14] what was sent is in doubt after the endings that come after that of the stream', () => {
    const endings = ['left', 'evicted', 'too-slow', 'expired', 'not-opened', 'lost'] as const
    expect(endings.filter(losesStream)).toEqual([])
    expect((['server-gone', 'signed-out', 'replaced'] as const).filter(losesStream).length).toBe(3)
  })

  test('[SE10] an ended session stays as it is, whatever comes late', () => {
    const ended = { phase: 'ended', why: 'left' } as const
    for (const event of events) expect(decide(ended, event, now)).toEqual({ state: ended, actions: [] })
  })

  test('[SE11] every pair of phase and event has an answer, and none ends twice', () => {
    for (const state of states) {
      for (const event of events) {
        const step = decide(state, event, now)
        const ends = step.actions.filter(({ kind }) => kind === 'end' || kind === 'forget')
        expect(ends.length).toBe(step.state.phase === 'ended' && state.phase !== 'ended' ? 1 : 0)
      }
    }
  })

  test('[SE15] a session of another worker begins with a dial, and learns again what that knew if the stream goes on', () => {
    const begun = adopted(10_000)
    expect(isStrange(begun)).toBe(true)
    expect(decide(begun, { ...opened, resumed: true }, now)).toEqual({
      state: { phase: 'online' },
      actions: [{ kind: 'relearn' }],
    })
    expect(decide(begun, opened, now).actions.map(({ kind }) => kind)).toEqual(['start-over', 'introduce'])
  })

  test('[SE16] it is still the other worker’s stream when the first tries fail', () => {
    const failed = decide(adopted(10_000), { kind: 'failed' }, now).state
    expect(isStrange(failed)).toBe(true)
    expect(isStrange(decide(failed, { kind: 'retry-due' }, now).state)).toBe(true)
    expect(isStrange(waiting)).toBe(false)
  })

  test('[SE17] one that another worker holds is forgotten: nobody is told, nothing is closed or deleted', () => {
    for (const state of states.filter(each => each.phase !== 'ended')) {
      expect(decide(state, { kind: 'lost' }, now).actions).toEqual([{ kind: 'forget' }])
    }
  })
})
