import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorCodes } from '../../../shared/wire/codes.ts'
import { checkUpFrame, MAX_DEPTH, readUpFrame, type ReadFrame } from '../../../shared/wire/read.ts'

const TYPES = [
  'JOIN',
  'LEAVE',
  'PING',
  'NEW_MESSAGE',
  'ADD_CONTACT',
  'UNSUBSCRIBE',
  'GET_CONTACTS',
  'SUBSCRIPTION',
  'PRESENCE',
]
const FIELDS = [
  'id',
  'to',
  'content',
  'username',
  'password',
  'register',
  'protocol',
  'name',
  'groups',
  'answer',
  'show',
  'status',
]
const EVIL = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'messageType',
  'from',
  'seq',
]

const value = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('jose', 'a@b.c', 'x'.repeat(70), '\ud800', '\0', '<a/>', 'approve', 'away', '__proto__'),
  fc.double(),
  fc.constantFrom(2 ** 53 + 1, -0, 1e308),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 6 }),
)

/** Frames that are nearly right, which get further than noise does. */
const nearFrame = fc
  .tuple(
    fc.oneof(fc.constantFrom(...TYPES), fc.string(), value),
    fc.array(fc.tuple(fc.oneof(fc.constantFrom(...FIELDS), fc.constantFrom(...EVIL), fc.string()), value), {
      maxLength: 5,
    }),
  )
  .map(([type, fields]) => {
    // Written as text: an object literal would take `__proto__` for its prototype.
    const members = [['messageType', type] as const, ...fields]
    return `{${members.map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner) ?? 'null'}`).join(',')}}`
  })

const cut = fc.tuple(nearFrame, fc.nat(80)).map(([text, at]) => text.slice(0, at))
const hostile = fc.oneof({ weight: 6, arbitrary: nearFrame }, cut, fc.string({ unit: 'binary' }), fc.json())

function isOneAnswer(read: ReadFrame): boolean {
  if (read.ok) return TYPES.includes(read.frame.messageType)
  const { code, message, id } = read
  return (
    code in errorCodes && message.length > 0 && message.length < 300 && (id === undefined || id.length <= 64)
  )
}

test('[RD1] of 100,000 hostile texts each is one frame or one refusal; none throws, and objects stay as they were', () => {
  const members = Object.getOwnPropertyNames(Object.prototype)
  const kinds = { frame: 0, refusal: 0 }
  fc.assert(
    fc.property(hostile, text => {
      const read = readUpFrame(text)
      kinds[read.ok ? 'frame' : 'refusal'] += 1
      return isOneAnswer(read)
    }),
    { numRuns: 100_000, seed: 1 },
  )
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(members)
  // Both roads were taken, or the inputs prove little.
  expect(kinds.frame).toBeGreaterThan(1000)
  expect(kinds.refusal).toBeGreaterThan(1000)
})

test.each([
  [{ messageType: 'JOIN', username: 'sergio', password: 'pass', register: true, id: 'j' }],
  [{ messageType: 'LEAVE' }],
  [{ messageType: 'PING', id: 'p' }],
  [{ messageType: 'NEW_MESSAGE', to: 'jose', content: 'hello' }],
  [{ messageType: 'ADD_CONTACT', to: 'jose', name: 'José', groups: ['friends'] }],
  [{ messageType: 'UNSUBSCRIBE', to: 'jose' }],
  [{ messageType: 'GET_CONTACTS' }],
  [{ messageType: 'SUBSCRIPTION', to: 'jose', answer: 'approve' }],
  [{ messageType: 'PRESENCE', show: 'away', status: 'lunch' }],
])('[RD2] read as it is: %o', frame => {
  expect(readUpFrame(JSON.stringify(frame))).toEqual({ ok: true, frame })
})

test('[RD3] keys that are not described are dropped, and `from` with them', () => {
  const read = readUpFrame(
    '{"messageType":"NEW_MESSAGE","from":"eve","to":"jose","content":"x","seq":9,"new":{}}',
  )
  expect(read).toEqual({ ok: true, frame: { messageType: 'NEW_MESSAGE', to: 'jose', content: 'x' } })
})

test.each([
  ['', 'bad-frame'],
  ['null', 'bad-frame'],
  ['[]', 'bad-frame'],
  ['"JOIN"', 'bad-frame'],
  ['{}', 'bad-frame'],
  ['{"messageType":7}', 'bad-frame'],
  ['{"messageType":"NOPE"}', 'unknown-type'],
  ['{"messageType":"join"}', 'unknown-type'],
  ['{"messageType":"toString"}', 'unknown-type'],
  ['{"messageType":"PING"}{"messageType":"PING"}', 'bad-frame'],
  ['{"messageType":"NEW_MESSAGE","to":"jose"}', 'bad-frame'],
  ['{"messageType":"NEW_MESSAGE","to":"jose","content":""}', 'bad-frame'],
  ['{"messageType":"NEW_MESSAGE","to":"jose","content":{"toString":"x"}}', 'bad-frame'],
  ['{"messageType":"JOIN","username":"a","password":"b","protocol":1e400}', 'bad-frame'],
  ['{"messageType":"JOIN","username":"a","password":"b","protocol":9007199254740993}', 'bad-frame'],
])('[RD4] refused: %s as %s', (text, code) => expect(readUpFrame(text)).toMatchObject({ ok: false, code }))

test('[RD5] a refusal carries the id of its frame when that is a good one', () => {
  expect(readUpFrame('{"id":"x1","messageType":"NOPE"}')).toMatchObject({ id: 'x1' })
  for (const id of ['', 'x'.repeat(65), 'a\nb', 7])
    expect(readUpFrame(JSON.stringify({ id, messageType: 'NOPE' }))).toMatchObject({
      ok: false,
      id: undefined,
    })
})

test('[RD6] a refusal names the field and never shows what was in it', () => {
  const read = readUpFrame('{"messageType":"JOIN","username":"canary","password":["canary"]}')
  expect(read).toMatchObject({ ok: false, message: expect.stringContaining('"password"') })
  expect(JSON.stringify(read)).not.toContain('canary')
})

test.each(['__proto__', 'constructor', 'prototype'])('[RD7] the key %s is refused at every level', key => {
  const inner = `{${JSON.stringify(key)}:{"polluted":true}}`
  for (const text of [
    `{"messageType":"PING",${inner.slice(1)}`,
    `{"messageType":"PING","x":${inner}}`,
    `{"messageType":"PING","x":[{"y":${inner}}]}`,
  ])
    expect(readUpFrame(text)).toMatchObject({ ok: false, code: 'bad-frame' })
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('[RD8] nesting ends at the limit, and depth that would fill a stack is only a refusal', () => {
  const nested = (depth: number) => `{"messageType":"PING","x":${'['.repeat(depth)}${']'.repeat(depth)}}`
  expect(readUpFrame(nested(MAX_DEPTH - 1))).toMatchObject({ ok: true })
  expect(readUpFrame(nested(MAX_DEPTH))).toMatchObject({ ok: false, code: 'bad-frame' })
  expect(readUpFrame(nested(100_000))).toMatchObject({ ok: false, code: 'bad-frame' })
})

test('[RD9] a value that is parsed already is read alike', () => {
  expect(checkUpFrame({ messageType: 'PING' })).toEqual(readUpFrame('{"messageType":"PING"}'))
  expect(checkUpFrame(undefined)).toMatchObject({ ok: false, code: 'bad-frame' })
})
