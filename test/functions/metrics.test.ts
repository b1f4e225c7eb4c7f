import { describe, expect, test } from 'vitest'
import { makeConnectHandler } from '../../functions/connect.ts'
import { makeDisconnectHandler } from '../../functions/disconnect.ts'
import { makeInvokeMeter, meteredHandoff, settling } from '../../functions/metrics.ts'
import type { Handoff } from '../../shared/handoff/client.ts'
import { Tally } from '../../shared/emf/tally.ts'
import { countsOf } from '../shared/emf/counts.ts'
import { workerRowOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { connectEventOf, disconnectEventOf, joined, JOIN, MESSAGE, send, useHarness } from './harness.ts'

const WORKER = workerRowOf('w')
const FRAMES = { connectionId: 'c1=', frame: { messageType: 'PING' } } as const
const PUSH = { connectionId: 'c1=', frame: { messageType: 'PONG' }, handshake: false } as const

describe('a meter that writes when an invoke ends', () => {
  function setUp(METRICS: '0' | '1' = '1') {
    // Powertools warns of times that CloudWatch would not take.
    const clock = new FakeClock(Date.now())
    const lines: Record<string, unknown>[] = []
    const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
    const meter = makeInvokeMeter({ METRICS, METRICS_SERVICE: 'a-stack' }, clock, write)
    return { clock, lines, meter }
  }

  test('[FM1] writes after the first, and then what ten seconds of invokes bring together', () => {
    const { clock, lines, meter } = setUp()
    for (const ms of [1, 2, 3]) {
      meter.time('HandoffMs', ms, 'frames')
      meter.settle()
    }
    expect(lines).toMatchObject([{ service: 'a-stack', call: 'frames', HandoffMs: 1 }])
    clock.advance(10_000)
    meter.settle()
    expect(lines[1]).toMatchObject({ HandoffMs: [2, 3] })
  })

  test('[FM2] writes an error of a hand-off at once: an alarm waits for it', () => {
    const { lines, meter } = setUp()
    meter.settle()
    meter.count('HandoffErrors', 1, 'unreachable')
    meter.settle()
    expect(lines).toMatchObject([{ code: 'unreachable', HandoffErrors: 1 }])
  })

  test('[FM3] writes nothing without METRICS', () => {
    const { lines, meter } = setUp('0')
    meter.count('HandoffErrors', 1, 'unreachable')
    meter.settle()
    expect(lines).toEqual([])
  })

  test('[FM4] is told of the end also when the route throws', async () => {
    let ends = 0
    const failing = settling({ settle: () => void (ends += 1) }, () => Promise.reject(new Error('no')))
    await expect(failing({})).rejects.toThrow('no')
    expect(ends).toBe(1)
  })
})

describe('a hand-off that is measured', () => {
  function setUp(answer: Partial<Handoff>) {
    const clock = new FakeClock()
    const tally = new Tally()
    return { clock, tally, handoff: meteredHandoff(answer as Handoff, tally, clock) }
  }

  test('[FM5] gives the time and the answer of each call', async () => {
    const frames: Handoff['frames'] = async () => {
      clock.advance(12)
      return { kind: 'taken' }
    }
    const { clock, tally, handoff } = setUp({
      frames: (...args) => Promise.resolve().then(() => frames(...args)),
    })
    expect(await handoff.frames(WORKER, 's', FRAMES, 't')).toEqual({ kind: 'taken' })
    expect(tally.take()).toEqual([{ name: 'HandoffMs', label: 'frames', values: [12] }])
  })

  test.each([
    [{ kind: 'unreachable', cause: undefined }, 'unreachable'],
    [{ kind: 'unanswered', cause: undefined }, 'unanswered'],
  ] as const)('[FM6] counts who did not answer: %o', async (outcome, code) => {
    const { tally, handoff } = setUp({ push: async () => outcome })
    await handoff.push(WORKER, PUSH, 't')
    expect(countsOf(tally)).toMatchObject({ [`HandoffErrors ${code}`]: 1 })
  })

  test('[FM7] counts a worker that can take no session, by its reason, and nothing that is the course of things', async () => {
    const { tally, handoff } = setUp({
      open: async () => ({ kind: 'busy', code: 'server-unavailable' }),
      attach: async () => ({ kind: 'refused' }),
      frames: async () => ({ kind: 'not-owner', owner: 'w_2' }),
      socketGone: async () => ({ kind: 'later' }),
    })
    await handoff.open(WORKER, { ...OPEN }, 't')
    expect(countsOf(tally)).toHaveProperty('HandoffErrors server-unavailable', 1)
    await handoff.attach(WORKER, 's', { connectionId: 'c1=', join: TOKEN_JOIN }, 't')
    await handoff.frames(WORKER, 's', FRAMES, 't')
    await handoff.socketGone(WORKER, 's', { connectionId: 'c1=', taken: false }, 't')
    expect(Object.keys(countsOf(tally))).toEqual([
      'HandoffMs attach',
      'HandoffMs frames',
      'HandoffMs socketGone',
    ])
  })
})

describe('what the routes count', () => {
  const harness = useHarness()

  test('[FM8] a frame that is refused by its code; one that is handed on not', async () => {
    const { deps, meter } = await joined(harness())
    await send(deps, MESSAGE)
    expect(countsOf(meter)).toEqual({})
    await send(deps, 'no JSON')
    await send(deps, MESSAGE, 'nobody=')
    await send(deps, { ...JOIN, password: 'wrong' })
    expect(countsOf(meter)).toEqual({
      'Refusals bad-frame': 1,
      'Refusals not-joined': 1,
      'Refusals bad-credentials': 1,
    })
  })

  test('[FM9] a handshake that is refused', async () => {
    const { deps, meter } = await joined(harness())
    const connect = makeConnectHandler(deps)
    await connect(connectEventOf({ Origin: 'https://evil.example' }))
    await connect(connectEventOf({ Authorization: 'Basic ???' }))
    await connect(connectEventOf({ Authorization: `Basic ${btoa('sergio:wrong')}` }))
    await connect(connectEventOf({}))
    expect(countsOf(meter)).toEqual({ 'Refusals origin': 1, 'Refusals bad-credentials': 2 })
  })

  test('[FM10] each route ends its invoke', async () => {
    const { deps, meter } = await joined(harness())
    const before = meter.settled
    await send(deps, MESSAGE)
    await makeConnectHandler(deps)(connectEventOf({}))
    await makeDisconnectHandler(deps)(disconnectEventOf())
    expect(meter.settled - before).toBe(3)
  })
})

const OPEN = {
  connectionId: 'c1=',
  username: 'sergio',
  password: 'right',
  register: false,
  handshake: false,
  verified: false,
  mode: 'simple',
} as const
const TOKEN_JOIN = {
  messageType: 'JOIN',
  token: `s_${'a'.repeat(22)}.${'t'.repeat(43)}`,
  protocol: 1,
  stream: 1,
  ack: 0,
  from: 1,
  sent: 0,
} as const
