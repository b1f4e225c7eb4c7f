import fc from 'fast-check'
import { hostileText } from './hostile-texts.ts'

const goodId = fc.constantFrom('m1', 'a b', 'ü&<"', undefined)
const id = fc.oneof({ weight: 9, arbitrary: goodId }, { weight: 1, arbitrary: hostileText })
const goodAddress = fc.constantFrom(
  ...'jose ana@b.example @example.org JOSÉ a\\20b@xn--bcher-kva.example'.split(' '),
)
const address = fc.oneof({ weight: 4, arbitrary: goodAddress }, { weight: 1, arbitrary: hostileText })
const maybe = fc.option(hostileText, { nil: undefined })
const groups = fc.option(fc.array(hostileText, { maxLength: 3 }), { nil: undefined })
const show = fc.constantFrom('available', 'chat', 'away', 'xa', 'dnd', 'unavailable', 'busy')
const answer = fc.constantFrom('approve', 'refuse', 'x')
const state = fc.constantFrom('composing', 'paused', 'x')
const max = fc.constantFrom(undefined, 0, 1, 50, 51, 'x')

function frame(messageType: string, fields: Record<string, fc.Arbitrary<unknown>>) {
  return fc.record(
    { messageType: fc.constant(messageType), id, ...fields },
    { requiredKeys: ['messageType'] },
  )
}

const frames = fc.oneof(
  {
    weight: 6,
    arbitrary: frame('NEW_MESSAGE', { to: address, content: hostileText, from: hostileText }),
  },
  { weight: 3, arbitrary: frame('ADD_CONTACT', { to: address, name: maybe, groups }) },
  { weight: 2, arbitrary: frame('PRESENCE', { show, status: maybe }) },
  { weight: 1, arbitrary: frame('UNSUBSCRIBE', { to: address }) },
  { weight: 1, arbitrary: frame('SUBSCRIPTION', { to: address, answer }) },
  { weight: 2, arbitrary: frame('DISPLAYED', { to: address, message: hostileText }) },
  { weight: 1, arbitrary: frame('TYPING', { to: address, state }) },
  { weight: 2, arbitrary: frame('HISTORY', { with: maybe, after: maybe, before: maybe, max }) },
  { weight: 1, arbitrary: frame('GET_CONTACTS', {}) },
  { weight: 1, arbitrary: frame('PING', {}) },
)

const anything = fc.oneof(hostileText, fc.constantFrom(null, true, 0, -1, 1e308, [], {}, [[[[1]]]]))
const broken = fc.oneof(
  frame('NEW_MESSAGE', { to: anything, content: anything, constructor: anything }),
  frame('PRESENCE', { show: anything, status: anything }),
  fc.record({ messageType: anything, to: anything }),
  anything,
)
const raw = fc.oneof(
  hostileText,
  fc.constantFrom(
    '{"messageType":"PING","__proto__":{"id":"x"}}',
    '['.repeat(20_000),
    '{"a":'.repeat(20_000),
  ),
)

/** What a hostile client sends: mostly frames with hostile texts, some broken ones, some that are no JSON. */
export const hostileFrame = fc.oneof(
  { weight: 20, arbitrary: frames.map(value => JSON.stringify(value)) },
  { weight: 2, arbitrary: broken.map(value => JSON.stringify(value)) },
  { weight: 1, arbitrary: raw },
)
