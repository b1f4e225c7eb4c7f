import { describe, expect, test } from 'vitest'
import type { Note } from '../history/entry.ts'
import type { Strike } from '../history/strikes.ts'
import { batch, broken, history, joined, send, shown, told } from './by-hand.ts'
import { check } from './check.ts'

test('[CK0] the first violation comes with its story: its message, and what its two people went through', () => {
  const { story } = check(
    history(
      send('u1>u2#1'),
      ['u2', { kind: 'closed', socket: 1, code: 1006, byUs: false }],
      ['u3', { kind: 'closed', socket: 1, code: 1006, byUs: false }],
      told('u1>u2#1', 'sent'),
      ['u2', { kind: 'opened', socket: 2 }, 60_000],
    ),
    [],
  )
  expect(story.map(line => line.split(/ +/).slice(4, 6))).toEqual([
    ['u1', 'send'],
    ['u2', 'closed'],
    ['u1', 'state'],
  ])
})

describe('a history without fault', () => {
  test('[CK1] what was acknowledged and shown once, in order, breaks no rule', () => {
    const lines = ['u1>u2#1', 'u1>u2#2'].flatMap(key => [send(key), told(key, 'sent'), shown(key)])
    expect(broken(...lines)).toEqual([])
  })

  test('[CK1] the histories of two users may overtake each other', () => {
    const keys = ['u1>u3#1', 'u2>u3#1'] as const
    const ends = keys.map(key => told(key, 'sent'))
    expect(broken(...keys.map(key => send(key)), ...ends, shown(keys[1]), shown(keys[0]))).toEqual([])
  })
})

describe('lost', () => {
  test('[CK2] acknowledged and never shown is lost', () => {
    expect(broken(send('u1>u2#1'), told('u1>u2#1', 'sent'))).toEqual([['lost', 'u2', 'u1>u2#1']])
  })

  test('[CK2] a later word of the recipient acknowledges as well', () => {
    expect(broken(send('u1>u2#1'), told('u1>u2#1', 'delivered'))).toEqual([['lost', 'u2', 'u1>u2#1']])
  })

  test('[CK2] shown to somebody else is lost and invented', () => {
    const rules = broken(send('u1>u2#1'), told('u1>u2#1', 'sent'), [
      'u3',
      { kind: 'display', key: 'u1>u2#1' },
    ])
    expect(new Set(rules.map(([rule]) => rule))).toEqual(new Set(['invented', 'lost']))
  })

  test('[CK2] neither unsure nor failed is lost when it does not show', () => {
    const lines = [send('u1>u2#1'), told('u1>u2#1', 'unsure'), send('u1>u2#2'), told('u1>u2#2', 'failed')]
    const verdict = check(history(...lines), [])
    expect(verdict.violations).toEqual([])
    expect(verdict.counts).toMatchObject({ unsure: 1, unsureShown: 0, failed: 1 })
  })

  test('[CK3b] what the XMPP server took and lost is no violation of the bridge, and is counted', () => {
    const lines = history(send('u1>u2#1'), told('u1>u2#1', 'sent'), send('u1>u2#2'), told('u1>u2#2', 'sent'))
    const { violations, counts } = check(lines, [], new Set(['u1>u2#1']))
    expect(violations.map(({ key }) => key)).toEqual(['u1>u2#2'])
    expect(counts.lostByServer).toBe(1)
  })

  test('[CK3] a gap announced for that conversation makes it no violation, and is counted', () => {
    const gap: [string, Note] = ['u2', { kind: 'gap', with: 'u1@localhost', reason: 'no-archive' }]
    const verdict = check(history(send('u1>u2#1'), told('u1>u2#1', 'sent'), gap), [])
    expect(verdict.violations).toEqual([])
    expect(verdict.counts).toMatchObject({ gaps: 1, announcedMissing: 1 })
  })

  test('[CK3] a gap of another conversation, of another user, from before, or of what no archive has announces nothing', () => {
    const gap = (client: string, name: string): [string, Note] => [
      client,
      { kind: 'gap', with: `${name}@localhost`, reason: 'no-archive' },
    ]
    const told1 = told('u1>u2#1', 'sent')
    expect(broken(send('u1>u2#1'), told1, gap('u2', 'u11'))).toHaveLength(1)
    expect(broken(send('u1>u2#1'), told1, gap('u3', 'u1'))).toHaveLength(1)
    expect(broken(gap('u2', 'u1'), send('u1>u2#1'), told1)).toHaveLength(1)
    const ofNewStream: [string, Note] = ['u2', { kind: 'gap', reason: 'not-in-archive' }]
    expect(broken(send('u1>u2#1'), told1, ofNewStream)).toHaveLength(1)
  })
})

describe('forgotten', () => {
  test('[CK4] a message without an end is forgotten, also when the client still calls it queued', () => {
    expect(broken(send('u1>u2#1'))).toEqual([['forgotten', 'u1', 'u1>u2#1']])
    expect(broken(send('u1>u2#1'), told('u1>u2#1', 'queued'))).toEqual([['forgotten', 'u1', 'u1>u2#1']])
  })

  test('[CK4] what a client had not kept when it was killed is gone with its page', () => {
    expect(broken(send('u1>u2#1'), ['u1', { kind: 'life', how: 'crash', unsaved: ['u1>u2#1'] }])).toEqual([])
  })
})

describe('doubled', () => {
  const once = [send('u1>u2#1'), told('u1>u2#1', 'sent'), shown('u1>u2#1')]

  test('[CK5] shown twice is doubled', () => {
    expect(broken(...once, shown('u1>u2#1'))).toEqual([['doubled', 'u2', 'u1>u2#1']])
  })

  test('[CK5] a reload is no excuse', () => {
    const reload: [string, Note] = ['u2', { kind: 'life', how: 'close', unsaved: [] }]
    expect(broken(...once, reload, shown('u1>u2#1'))).toEqual([['doubled', 'u2', 'u1>u2#1']])
  })

  test('[CK5] what had not been kept when the client was killed may be shown again, once', () => {
    const crash: [string, Note] = ['u2', { kind: 'life', how: 'crash', unsaved: ['u1>u2#1'] }]
    expect(broken(...once, crash, shown('u1>u2#1'))).toEqual([])
    expect(broken(...once, crash, shown('u1>u2#1'), shown('u1>u2#1'))).toHaveLength(1)
  })
})

describe('order', () => {
  const talk = (sessions: readonly string[], order: readonly number[]) => {
    const keys = sessions.map((_, at) => `u1>u2#${at + 1}`)
    return [
      ...keys.map((key, at) => send(key, sessions[at])),
      ...keys.map(key => told(key, 'sent')),
      ...order.map(number => shown(`u1>u2#${number}`)),
    ]
  }

  test('[CK6] a later message shown before an earlier one of the same session is out of order', () => {
    expect(broken(...talk(['s_1', 's_1', 's_1'], [1, 3, 2]))).toEqual([['reordered', 'u2', 'u1>u2#2']])
  })

  test('[CK6] two sessions have no order between them', () => {
    expect(broken(...talk(['s_1', 's_2'], [2, 1]))).toEqual([])
  })

  test('[CK6] a message shown twice is doubled, not out of order', () => {
    expect(broken(...talk(['s_1', 's_1'], [1, 2, 1]))).toEqual([['doubled', 'u2', 'u1>u2#1']])
  })
})

describe('stale', () => {
  const sent = [send('u1>u2#1'), told('u1>u2#1', 'sent')]

  test('[CK7] taken from a lower epoch after a higher one has spoken is stale', () => {
    const lines = [joined('u2', 1), batch('u2', 2), batch('u2', 1, 'u1>u2#1'), shown('u1>u2#1')]
    expect(broken(...sent, ...lines)).toEqual([['stale', 'u2', 'u1>u2#1']])
  })

  test('[CK7] a JOIN_SUCCESS speaks for its epoch', () => {
    const lines = [joined('u2', 2), batch('u2', 1, 'u1>u2#1'), shown('u1>u2#1')]
    expect(broken(...sent, ...lines)).toEqual([['stale', 'u2', 'u1>u2#1']])
  })

  test('[CK7] sent again by the later owner it is not stale', () => {
    const late = batch('u2', 1, 'u1>u2#1')
    const lines = [joined('u2', 2), late, batch('u2', 2, 'u1>u2#1'), shown('u1>u2#1')]
    expect(broken(...sent, ...lines)).toEqual([])
  })

  test('[CK7] taken before the later owner spoke, and repeated by the earlier one, it is not stale', () => {
    const lines = [joined('u2', 1), batch('u2', 1, 'u1>u2#1'), batch('u2', 2), batch('u2', 1, 'u1>u2#1')]
    expect(broken(...sent, ...lines, shown('u1>u2#1'))).toEqual([])
  })

  test('[CK7] the epochs of another session count by themselves', () => {
    const lines = [
      joined('u2', 5),
      joined('u2', 1, false, 's_8'),
      batch('u2', 1, 'u1>u2#1'),
      shown('u1>u2#1'),
    ]
    expect(broken(...sent, ...lines)).toEqual([])
  })
})

describe('invented', () => {
  test('[CK8] a text that nobody sent is invented', () => {
    expect(broken(shown('u1>u2#1'))).toEqual([['invented', 'u2', 'u1>u2#1']])
  })
})

describe('damaged', () => {
  test('[CK12] a text that is not the one that was sent is damaged', () => {
    const lines = [send('u1>u2#1'), told('u1>u2#1', 'sent')]
    expect(broken(...lines, ['u2', { kind: 'display', key: 'u1>u2#1', damaged: true }])).toEqual([
      ['damaged', 'u2', 'u1>u2#1'],
    ])
  })
})

describe('presence', () => {
  const set = (client: string, status: string): [string, Note] => [client, { kind: 'presence-set', status }]
  const seen = (status: string | undefined, last: boolean, show = 'away'): [string, Note] => [
    'u2',
    { kind: 'presence-shown', of: 'u1', show, last, ...(status !== undefined && { status }) },
  ]

  test('[CK9] an old presence shown at the end is wrong, also one without words', () => {
    expect(broken(set('u1', 'a'), seen('a', false), set('u1', 'b'), seen('a', true))).toHaveLength(1)
    expect(broken(set('u1', 'a'), seen('a', false), seen(undefined, true, 'unavailable'))).toHaveLength(1)
  })

  test('[CK9] the newest and `unknown` are right', () => {
    expect(broken(set('u1', 'a'), seen('a', false), set('u1', 'b'), seen('b', true))).toEqual([])
    expect(broken(set('u1', 'a'), seen('a', false), seen(undefined, true, 'unknown'))).toEqual([])
  })

  test('[CK9] a contact of whom nothing was ever seen is not judged', () => {
    expect(broken(set('u1', 'a'), seen(undefined, true, 'unavailable'))).toEqual([])
  })

  test('[CK9] what was set while something failed may be lost, but nothing may go back', () => {
    const strike: Strike = { fault: { kind: 'kill', place: 0 }, beginAt: 0, endAt: 10 }
    const lines = [set('u1', 'a'), set('u1', 'b'), seen('b', false), set('u1', 'c')]
    expect(check(history(...lines, seen('b', true)), [strike]).violations).toEqual([])
    expect(check(history(...lines, seen('a', false), seen('b', true)), [strike]).violations).toHaveLength(1)
  })
})

describe('figures', () => {
  const cut: Strike = { fault: { kind: 'cut', sockets: 1, share: 0 }, beginAt: 100, endAt: 100 }

  test('[CK10] latency runs from sending to the first display, and around each kind of fault by itself', () => {
    const at = (line: [string, Note], ms: number): [string, Note, number] => [...line, ms]
    const verdict = check(
      history(
        at(send('u1>u2#1'), 100),
        at(told('u1>u2#1', 'sent'), 110),
        at(shown('u1>u2#1'), 350),
        at(send('u1>u2#2'), 50_000),
        at(told('u1>u2#2', 'sent'), 50_001),
        at(shown('u1>u2#2'), 50_005),
      ),
      [cut],
    )
    expect(verdict.latency).toEqual({ count: 2, p50Ms: 5, p99Ms: 250, maxMs: 250 })
    expect(verdict.around).toEqual({ cut: { count: 1, p50Ms: 250, p99Ms: 250, maxMs: 250 } })
  })

  test('[CK14] shown once and in order is what is neither missing nor overtaken nor shown again', () => {
    const keys = ['u1>u2#1', 'u1>u2#2', 'u1>u2#3', 'u1>u2#4', 'u1>u2#5'] as const
    const [first, second, third, fourth] = keys
    const lines = [...keys.map(key => send(key)), ...[first, third, second, fourth, fourth].map(shown)]
    const { counts } = check(history(...lines), [])
    expect(counts).toMatchObject({ sent: 5, delivered: 4, exact: 2 })
  })

  test('[CK15] the busiest second counts who dials again, and not who signs in', () => {
    const dials = (client: string, at: number): [string, Note, number] => [
      client,
      { kind: 'opening', socket: 1 },
      at,
    ]
    const joins = (client: string, at: number): [string, Note, number] => [...joined(client, 1), at]
    const signsIn = ['u1', 'u2', 'u3'].flatMap((client, at) => [dials(client, at), joins(client, at)])
    const again = [dials('u1', 5000), dials('u2', 5999), dials('u1', 6000), dials('u3', 6998)]
    expect(check(history(...signsIn, ...again), []).dialledInASecond).toBe(3)
  })

  test('[CK13] a session that goes on in a new stream has lost one, a new session has not', () => {
    const inStream = (stream: number): [string, Note] => [
      'u1',
      { kind: 'batch', socket: 1, epoch: 1, stream, keys: [] },
    ]
    const lines = [joined('u1', 1), inStream(1), inStream(2), inStream(2), joined('u1', 1, false, 's_8')]
    expect(check(history(...lines), []).streams).toBe(1)
  })

  test("[CK11] a return is each JOIN after a client's first; a lost socket that no fault took is unasked", () => {
    const closed = (byUs: boolean): Note => ({ kind: 'closed', socket: 1, code: 1006, byUs })
    const verdict = check(
      history(
        [...joined('u1', 1, false), 1],
        ['u1', closed(false), 200],
        [...joined('u1', 1), 450],
        ['u1', closed(true), 500],
        ['u1', closed(false), 90_000],
        [...joined('u1', 1, false), 90_100],
      ),
      [cut],
    )
    expect(verdict.returns).toMatchObject({ count: 2, resumed: 1, gap: { maxMs: 250 } })
    expect(verdict.drops).toEqual({ count: 2, unasked: 1 })
  })
})
