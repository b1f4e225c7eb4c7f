import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import { aView, frames, readXml, sentXml, type ViewParts } from './support.ts'

const sent = { m1: { frameId: 'm1', to: 'jose@example.org' } }
const hear = (xml: string, parts: ViewParts = {}) =>
  translateStanza(readXml(xml), aView({ mode: 'sequenced', sent, items: [{}], ...parts }))
const received = (id: string) => `<received xmlns="urn:xmpp:receipts" id="${id}"/>`
const displayed = (id: string) => `<displayed xmlns="urn:xmpp:chat-markers:0" id="${id}"/>`
const message = (inside: string, from = 'jose@example.org/phone', more = '') =>
  `<message from="${from}" to="sergio@example.org" ${more}>${inside}</message>`

test('[TR130] a text of a sequenced client asks for a receipt and a marker, one of a simple client does not', () => {
  const frame = { messageType: 'NEW_MESSAGE', id: 'm1', to: 'jose', content: 'hi' } as const
  expect(sentXml(translateUp(frame, aView({ mode: 'sequenced' })))).toEqual([
    '<message type="chat" to="jose@example.org" id="m1"><body>hi</body><origin-id xmlns="urn:xmpp:sid:0" id="m1"/><request xmlns="urn:xmpp:receipts"/><markable xmlns="urn:xmpp:chat-markers:0"/></message>',
  ])
  expect(sentXml(translateUp(frame, aView()))).toEqual([
    '<message type="chat" to="jose@example.org" id="m1"><body>hi</body><origin-id xmlns="urn:xmpp:sid:0" id="m1"/></message>',
  ])
})

test('[TR131] a receipt and a marker from whom the message went to become STATE', () => {
  const state = (name: string) => [{ messageType: 'STATE', id: 'm1', state: name, from: 'jose' }]
  expect(frames(hear(message(received('m1'))))).toEqual(state('delivered'))
  expect(frames(hear(message(displayed('m1'))))).toEqual(state('displayed'))
})

test('[TR131] a simple client is not told', () => {
  expect(frames(hear(message(received('m1')), { mode: 'simple' }))).toEqual([])
})

test('[TR132] nobody else can say that a message arrived or was seen', () => {
  const items = [{}, { jid: 'eve@example.org' }]
  for (const from of [
    'eve@example.org/x',
    'eve@elsewhere.example',
    'jose@example.org.evil/x',
    'example.org',
    'sergio@example.org/laptop',
    'a@b@c',
  ]) {
    expect(frames(hear(message(received('m1'), from), { items }))).toEqual([])
    expect(frames(hear(message(displayed('m1'), from), { items }))).toEqual([])
  }
})

test('[TR132] about a message that is not remembered only a contact is heard, and the frame says who', () => {
  expect(frames(hear(message(received('old'))))).toMatchObject([{ id: 'old', from: 'jose' }])
  expect(frames(hear(message(received('old'), 'eve@example.org/x')))).toEqual([])
  expect(frames(hear(message(received('x'.repeat(65)))))).toEqual([])
  expect(frames(hear(message(received(''))))).toEqual([])
})

test('[TR132] before the roster is read, as after a resume, it cannot be told who is a contact, and all are heard', () => {
  const early = translateStanza(
    readXml(message(received('old'), 'eve@example.org/x')),
    aView({ mode: 'sequenced' }),
  )
  expect(frames(early)).toMatchObject([{ id: 'old', from: 'eve' }])
})

test('[TR132] in a room, an error and beside a text they say nothing', () => {
  for (const type of ['groupchat', 'error'])
    expect(frames(hear(message(received('m1'), 'jose@example.org/x', `type="${type}"`)))).toEqual([])
  expect(frames(hear(message(`<body>hi</body>${received('m1')}`)))).toMatchObject([{ content: 'hi' }])
})

test('[TR133] an error about a message is its state for a sequenced client', () => {
  const error = (from: string) =>
    `<message from="${from}" id="m1" type="error"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
  expect(frames(hear(error('jose@example.org')))).toMatchObject([
    { messageType: 'STATE', id: 'm1', state: 'failed', from: 'jose', code: 'recipient-unavailable' },
  ])
  expect(frames(hear(error('eve@example.org')))).toEqual([])
  expect(frames(hear(error('jose@example.org'), { mode: 'simple' }))).toMatchObject([
    { messageType: 'ERROR', id: 'm1', code: 'recipient-unavailable' },
  ])
})

const asking = '<body>hi</body><request xmlns="urn:xmpp:receipts"/>'
const answers = (xml: string, subscription: 'none' | 'to' | 'from' | 'both' = 'both') =>
  sentXml(hear(xml, { items: [{ subscription }] }))

test('[TR134] a message that asks for a receipt gets one, at the device that sent it', () => {
  expect(answers(message(asking, 'jose@example.org/phone', 'id="q&amp;1" type="chat"'))).toEqual([
    '<message type="chat" to="jose@example.org/phone"><received xmlns="urn:xmpp:receipts" id="q&amp;1"/><store xmlns="urn:xmpp:hints"/></message>',
  ])
})

test('[TR134] only those who may see that the user is there get one', () => {
  const xml = message(asking, 'jose@example.org/phone', 'id="q1"')
  expect(answers(xml, 'from')).toHaveLength(1)
  expect(answers(xml, 'to')).toEqual([])
  expect(answers(xml, 'none')).toEqual([])
  expect(answers(message(asking, 'eve@example.org/x', 'id="q1"'))).toEqual([])
})

test('[TR134] before the roster is read, as after a resume, a receipt waits for it', () => {
  const early = translateStanza(readXml(message(asking, 'jose@example.org/phone', 'id="q1"')), aView())
  expect(sentXml(early)).toEqual([])
  expect(early.owed).toMatchObject({ contact: 'jose@example.org' })
  expect(String(early.owed?.stanza)).toContain(received('q1'))
})

test('[TR135] no receipt without an id or a text, for errors, and for copies', () => {
  const jose = 'jose@example.org/phone'
  expect(answers(message(asking))).toEqual([])
  expect(answers(message('<request xmlns="urn:xmpp:receipts"/>', jose, 'id="q1"'))).toEqual([])
  expect(answers(message(asking, jose, 'id="q1" type="error"'))).toEqual([])
  expect(answers(message(asking, jose, 'id="q1" type="groupchat"'))).toEqual([])
  const inner = `<message xmlns="jabber:client" from="${jose}" to="sergio@example.org/laptop" id="q1">${asking}</message>`
  const carbon = `<message from="sergio@example.org"><received xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0">${inner}</forwarded></received></message>`
  expect(frames(hear(carbon))).toHaveLength(1)
  expect(answers(carbon)).toEqual([])
})

test('[TR136] DISPLAYED becomes a marker that archives keep', () => {
  const frame = { messageType: 'DISPLAYED', id: 'd1', to: 'jose', message: 'm"9' } as const
  expect(sentXml(translateUp(frame, aView({ items: [{}] })))).toEqual([
    '<message type="chat" to="jose@example.org"><displayed xmlns="urn:xmpp:chat-markers:0" id="m&quot;9"/><store xmlns="urn:xmpp:hints"/></message>',
  ])
  for (const id of ['a\u0000', 'a\nb', 'a\tb', '\ud800'])
    expect(frames(translateUp({ ...frame, message: id }, aView()))).toMatchObject([
      { id: 'd1', code: 'bad-text' },
    ])
  expect(frames(translateUp({ ...frame, to: 'a@b@c' }, aView()))).toMatchObject([{ code: 'bad-address' }])
})

test('[TR136] whoever shall not know that the user is there gets no marker, and it is no fault', () => {
  const frame = { messageType: 'DISPLAYED', id: 'd1', to: 'jose', message: 'm9' } as const
  const sentTo = (parts: ViewParts) => sentXml(translateUp(frame, aView(parts))).length
  expect(sentTo({ items: [{ subscription: 'from' }] })).toBe(1)
  expect(sentTo({ wroteTo: ['jose@example.org'] })).toBe(1)
  expect(sentTo({ items: [{ subscription: 'to' }] })).toBe(0)
  expect(translateUp(frame, aView({ items: [] }))).toEqual({})
  expect(translateUp(frame, aView())).toEqual({})
})
