import { describe, expect, test } from 'vitest'
import {
  afterAck,
  afterResume,
  fromWire,
  NOTHING_SENT,
  sent,
  toWire,
  withSent,
} from '../../../worker/xmpp/acks.ts'

const WRAP = 2 ** 32

describe('counts on the wire (XEP-0198 4)', () => {
  test.each([
    [0, '0'],
    [WRAP - 1, '4294967295'],
    [WRAP, '0'],
    [WRAP + 5, '5'],
  ])('[XA1] %i shows as %s', (count, h) => {
    expect(toWire(count)).toBe(h)
  })

  test.each([
    ['0', 0, 0],
    ['7', 3, 7],
    ['3', 7, 3],
    ['4294967295', WRAP - 3, WRAP - 1],
    ['2', WRAP - 3, WRAP + 2],
    ['4294967295', WRAP + 1, WRAP - 1],
    ['5', 3 * WRAP + 1, 3 * WRAP + 5],
  ])('[XA2] h=%s near %i stands for %i', (h, near, count) => {
    expect(fromWire(h, near)).toBe(count)
  })

  test.each([undefined, '', '-1', '1.5', 'x', '4294967296', '99999999999'])('[XA3] h=%s is no count', h => {
    expect(fromWire(h, 0)).toBeUndefined()
  })
})

describe('what we sent', () => {
  const three = ['<a/>', '<b/>', '<c/>'].reduce(withSent, NOTHING_SENT)

  test('[XA4] an acknowledgement takes the oldest', () => {
    expect(afterAck(three, 2)).toEqual({ acked: 2, unacked: ['<c/>'] })
  })

  test('[XA5] an old acknowledgement changes nothing', () => {
    const later = { acked: 2, unacked: ['<c/>'] }
    expect(afterAck(later, 1)).toBe(later)
    expect(afterAck(later, 2)).toBe(later)
  })

  test('[XA6] an acknowledgement of more than was sent is a fault', () => {
    expect(afterAck(three, 3)).toEqual({ acked: 3, unacked: [] })
    expect(afterAck(three, 4)).toBe('too-high')
  })

  test.each([
    ['exactly what we know', 1, ['<b/>', '<c/>']],
    ['more of it', 2, ['<c/>']],
    ['all', 3, []],
    ['more than we know of: another holder sent it', 9, []],
    ['less than it once acknowledged', 0, ['<b/>', '<c/>']],
  ])('[XA7] a resume that counts %s rules', (_what, h, again) => {
    const outbound = { acked: 1, unacked: ['<b/>', '<c/>'] }
    const after = afterResume(outbound, h)
    expect(after).toEqual({ acked: h, unacked: again })
    expect(sent(after)).toBe(h + again.length)
  })
})
