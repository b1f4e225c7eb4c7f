import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorCodes } from '../../../shared/wire/codes.ts'
import { checkUpFrame, MAX_DEPTH, readUp, type ReadUp } from '../../../shared/wire/read.ts'

const TOKEN = `s_${'a'.repeat(22)}.${'t'.repeat(43)}`

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
  'DISPLAYED',
  'TYPING',
  'HISTORY',
  'SYNC',
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
  'frames',
  'stream',
  'ack',
  'token',
  'sent',
  'part',
  'message',
  'state',
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
/** Batches that are nearly right; their frames are not read here. */
const nearBatch = fc
  .record({
    stream: fc.oneof(fc.nat(), value),
    ack: fc.oneof(fc.nat(), value),
    frames: fc.oneof(fc.array(value, { maxLength: 3 }), value),
  })
  .map(batch => JSON.stringify(batch))

const hostile = fc.oneof(
  { weight: 6, arbitrary: nearFrame },
  { weight: 2, arbitrary: nearBatch },
  cut,
  fc.string({ unit: 'binary' }),
  fc.json(),
)

function isOneAnswer(read: ReadUp): boolean {
  if (read.ok) return 'batch' in read || TYPES.includes(read.frame.messageType)
  const { code, message, id } = read
  return (
    code in errorCodes && message.length > 0 && message.length < 300 && (id === undefined || id.length <= 64)
  )
}

test('[RD1] of 100,000 hostile texts each is one frame, one batch or one refusal; none throws, and objects stay as they were', () => {
  const members = Object.getOwnPropertyNames(Object.prototype)
  const kinds = { frame: 0, batch: 0, refusal: 0 }
  fc.assert(
    fc.property(hostile, text => {
      const read = readUp(text)
      kinds[read.ok ? ('batch' in read ? 'batch' : 'frame') : 'refusal'] += 1
      return isOneAnswer(read)
    }),
    { numRuns: 100_000, seed: 1 },
  )
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(members)
  // All roads were taken, or the inputs prove little.
  expect(kinds.frame).toBeGreaterThan(1000)
  expect(kinds.batch).toBeGreaterThan(1000)
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
  [{ messageType: 'JOIN', username: 'sergio', password: 'pass', protocol: 1 }],
  [{ messageType: 'JOIN', protocol: 1, token: TOKEN, stream: 3, ack: 41, from: 18, sent: 20, since: 'm-1' }],
  [{ messageType: 'NEW_MESSAGE', id: 'm', to: 'jose', content: 'hel', seq: 18, part: [1, 2] }],
  [{ messageType: 'DISPLAYED', to: 'jose', message: 'm7', seq: 19 }],
  [{ messageType: 'TYPING', to: 'jose', state: 'composing' }],
  [{ messageType: 'HISTORY', id: 'h', with: 'jose', after: 'm-1', max: 50 }],
  [{ messageType: 'SYNC', ack: 41, from: 18, sent: 20 }],
])('[RD2] read as it is: %o', frame => {
  expect(readUp(JSON.stringify(frame))).toEqual({ ok: true, frame })
})

test('[RD10] a batch is read as it is, whatever its frames are', () => {
  const batch = { stream: 3, ack: 41, frames: [{ messageType: 'NOPE' }, 7, null, 'x', {}] }
  expect(readUp(JSON.stringify(batch))).toEqual({ ok: true, batch })
  expect(readUp(JSON.stringify({ ...batch, epoch: 7 }))).toEqual({ ok: true, batch })
})

test.each([
  [{ stream: 3, frames: [] }, '"ack"'],
  [{ ack: 1, frames: [] }, '"stream"'],
  [{ stream: -1, ack: 1, frames: [] }, '"stream"'],
  [{ stream: 1, ack: 1.5, frames: [] }, '"ack"'],
  [{ stream: 1, ack: 1, frames: {} }, '"frames"'],
  [{ stream: 1, ack: 1, frames: Array.from({ length: 513 }, () => 0) }, '"frames"'],
])('[RD11] a batch that is none is refused by its field: %o', (batch, field) => {
  const refusal = { ok: false, code: 'bad-frame', message: expect.stringContaining(field) }
  expect(readUp(JSON.stringify(batch))).toMatchObject(refusal)
})

test('[RD12] a batch is held to the same keys and the same depth as a frame', () => {
  const of = (inner: string) => `{"stream":1,"ack":1,"frames":[${inner}]}`
  expect(readUp(of('{"part":[1,2]}'))).toMatchObject({ ok: true })
  expect(readUp(of('{"part":[[1]]}'))).toMatchObject({ ok: false, code: 'bad-frame' })
  expect(readUp(of('{"__proto__":1}'))).toMatchObject({ ok: false, code: 'bad-frame' })
})

test.each([
  ['a JOIN with both', { username: 'a', password: 'b' }, true],
  ['no number', { ack: 'x' }, false],
  ['no token of ours', { token: 'secret' }, false],
  ['no protocol', { protocol: undefined }, false],
])('[RD13] what has a token is read as a JOIN with one: %s', (_, change, ok) => {
  const join = { messageType: 'JOIN', protocol: 1, token: TOKEN, stream: 1, ack: 1, from: 1, sent: 1 }
  const read = readUp(JSON.stringify({ ...join, ...change }))
  expect(read.ok).toBe(ok)
  if (read.ok && 'frame' in read) expect(read.frame).toEqual(join)
})

test('[RD3] keys that are not described are dropped, and `from` with them', () => {
  const read = readUp(
    '{"messageType":"NEW_MESSAGE","from":"eve","to":"jose","content":"x","epoch":9,"new":{}}',
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
])('[RD4] refused: %s as %s', (text, code) => expect(readUp(text)).toMatchObject({ ok: false, code }))

test('[RD5] a refusal carries the id of its frame when that is a good one', () => {
  expect(readUp('{"id":"x1","messageType":"NOPE"}')).toMatchObject({ id: 'x1' })
  for (const id of ['', 'x'.repeat(65), 'a\nb', 7])
    expect(readUp(JSON.stringify({ id, messageType: 'NOPE' }))).toMatchObject({
      ok: false,
      id: undefined,
    })
})

test('[RD6] a refusal names the field and never shows what was in it', () => {
  const read = readUp('{"messageType":"JOIN","username":"canary","password":["canary"]}')
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
    expect(readUp(text)).toMatchObject({ ok: false, code: 'bad-frame' })
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('[RD8] nesting ends at the limit, and depth that would fill a stack is only a refusal', () => {
  const nested = (depth: number) => `{"messageType":"PING","x":${'['.repeat(depth)}${']'.repeat(depth)}}`
  expect(readUp(nested(MAX_DEPTH - 1))).toMatchObject({ ok: true })
  expect(readUp(nested(MAX_DEPTH))).toMatchObject({ ok: false, code: 'bad-frame' })
  expect(readUp(nested(100_000))).toMatchObject({ ok: false, code: 'bad-frame' })
})

test('[RD9] a value that is parsed already is read alike', () => {
  expect(checkUpFrame({ messageType: 'PING' })).toEqual(readUp('{"messageType":"PING"}'))
  expect(checkUpFrame(undefined)).toMatchObject({ ok: false, code: 'bad-frame' })
})
