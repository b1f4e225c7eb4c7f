import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import { aView, frames, NOW, readXml } from './support.ts'

const OWN = 'sergio@example.org'
const timestamp = new Date(NOW).toISOString()

function carbon(kind: 'received' | 'sent', inner: string, outer: string | undefined = OWN, beside = '') {
  const from = outer === '' ? '' : `from="${outer}"`
  const xml = `<message xmlns="jabber:client" ${from} to="${OWN}/bridge"><${kind} xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0">${inner}</forwarded></${kind}>${beside}</message>`
  return frames(translateStanza(readXml(xml), aView()))
}
const message = (from: string, to: string, inside = '<body>hi</body>', type = 'chat') =>
  `<message xmlns="jabber:client" from="${from}" to="${to}" id="m1" type="${type}">${inside}</message>`
const received = message('jose@example.org/phone', `${OWN}/laptop`)
const sent = message(`${OWN}/laptop`, 'jose@b.example/phone')

test('[TR40] what another device received is told like any message', () => {
  expect(carbon('received', received)).toEqual([
    { messageType: 'NEW_MESSAGE', id: 'm1', from: 'jose', to: 'sergio', content: 'hi', timestamp },
  ])
})

test('[TR40] what another device sent is marked as own', () => {
  expect(carbon('sent', sent)).toEqual([
    {
      messageType: 'NEW_MESSAGE',
      id: 'm1',
      from: 'sergio',
      to: 'jose@b.example',
      content: 'hi',
      timestamp,
      own: true,
    },
  ])
})

test('[TR41] a wrapper without from is from the own account', () => {
  expect(carbon('received', received, '')).toHaveLength(1)
})

test('[TR41] nobody else can wrap messages', () => {
  const forgers = [
    'jose@example.org',
    'jose@example.org/phone',
    `${OWN}/laptop`,
    'example.org',
    'room@muc.example.org/sergio',
    'sergio@example.org.evil',
    'sergio@examp1e.org',
    'ѕergio@example.org',
  ]
  for (const forger of forgers) {
    expect(carbon('received', received, forger)).toEqual([])
    expect(carbon('sent', sent, forger)).toEqual([])
  }
})

test("[TR41] a forged wrapper beside a text hides nothing: the text is its sender's", () => {
  expect(carbon('sent', sent, 'eve@example.org', '<body>from eve</body>')).toEqual([
    { messageType: 'NEW_MESSAGE', from: 'eve', to: 'sergio', content: 'from eve', timestamp },
  ])
})

test('[TR42] what was sent must be from the user, what was received to the user', () => {
  expect(carbon('sent', message('eve@example.org', 'jose@example.org'))).toEqual([])
  expect(carbon('received', message('jose@example.org', 'eve@example.org'))).toEqual([])
  expect(carbon('received', message('a@b@c', OWN))).toEqual([])
  expect(carbon('sent', message(OWN, 'a@b@c'))).toEqual([])
})

test('[TR42] what another device sent to the user itself comes by itself, so its copy is left out', () => {
  expect(carbon('sent', message(`${OWN}/laptop`, OWN))).toEqual([])
  expect(carbon('sent', message(`${OWN}/laptop`, `${OWN}/phone`))).toMatchObject([{ own: true }])
})

test('[TR43] only one layer is opened, and only a chat inside is told', () => {
  const nested = `<received xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0">${received}</forwarded></received>`
  expect(carbon('received', message('jose@example.org', OWN, nested))).toEqual([])
  expect(carbon('received', message('jose@example.org', OWN, '<body>hi</body>', 'groupchat'))).toEqual([])
  expect(carbon('received', message('jose@example.org', OWN, '<body>hi</body>', 'error'))).toEqual([])
  expect(carbon('received', '<presence xmlns="jabber:client"/>')).toEqual([])
  expect(carbon('received', received.replace('jabber:client', 'x'))).toEqual([])
})

test('[TR43] an empty wrapper is nothing', () => {
  const xml = `<message from="${OWN}"><sent xmlns="urn:xmpp:carbons:2"/><body>no</body></message>`
  expect(frames(translateStanza(readXml(xml), aView()))).toEqual([])
})

test('[TR44] archive id and delay are read through the wrapper', () => {
  const inside = `<body>hi</body><stanza-id xmlns="urn:xmpp:sid:0" id="a1" by="${OWN}"/><delay xmlns="urn:xmpp:delay" from="example.org" stamp="2026-01-01T00:00:00Z"/>`
  expect(carbon('received', message('jose@example.org', OWN, inside))).toMatchObject([
    { mid: 'a1', timestamp: '2026-01-01T00:00:00.000Z', delayed: true },
  ])
  const outside = '<delay xmlns="urn:xmpp:delay" from="example.org" stamp="2026-01-01T00:00:00Z"/>'
  expect(carbon('received', received, OWN, outside)).toMatchObject([{ delayed: true }])
})
