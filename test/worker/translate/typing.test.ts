import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import { aView, frames, readXml, sentXml, type ViewParts } from './support.ts'

const hear = (inside: string, parts: ViewParts = {}, more = '') =>
  frames(
    translateStanza(
      readXml(`<message from="jose@example.org/phone" ${more}>${inside}</message>`),
      aView({ mode: 'sequenced', items: [{}], ...parts }),
    ),
  )
const state = (name: string) => `<${name} xmlns="http://jabber.org/protocol/chatstates"/>`

test('[TR140] TYPING goes to contacts and to whom the user has written, and is kept nowhere', () => {
  const frame = { messageType: 'TYPING', id: 't1', to: 'jose', state: 'composing' } as const
  const stanza =
    '<message type="chat" to="jose@example.org"><composing xmlns="http://jabber.org/protocol/chatstates"/><no-store xmlns="urn:xmpp:hints"/></message>'
  expect(sentXml(translateUp(frame, aView({ items: [{}] })))).toEqual([stanza])
  expect(sentXml(translateUp(frame, aView({ wroteTo: ['jose@example.org'] })))).toEqual([stanza])
})

test('[TR140] to whoever shall not know that the user is there nothing goes out, and it is no fault', () => {
  const toOne = aView({ items: [{ subscription: 'to' }] })
  expect(translateUp({ messageType: 'TYPING', to: 'jose', state: 'composing' }, toOne)).toEqual({})
  expect(translateUp({ messageType: 'TYPING', to: 'jose', state: 'paused' }, aView())).toEqual({})
})

test('[TR141] who writes is told, and whoever stops has paused', () => {
  expect(hear(state('composing'))).toEqual([{ messageType: 'TYPING', from: 'jose', state: 'composing' }])
  for (const name of ['paused', 'active', 'inactive', 'gone'])
    expect(hear(state(name))).toEqual([{ messageType: 'TYPING', from: 'jose', state: 'paused' }])
})

test('[TR141] with a text, from strangers, from long ago and to simple clients it is not told', () => {
  expect(hear(`<body>hi</body>${state('active')}`)).toMatchObject([{ messageType: 'NEW_MESSAGE' }])
  expect(hear(state('composing'), { items: [] })).toEqual([])
  expect(hear(state('composing'), { items: [], wroteTo: ['jose@example.org'] })).toHaveLength(1)
  const delay = '<delay xmlns="urn:xmpp:delay" from="example.org" stamp="2026-01-01T00:00:00Z"/>'
  expect(hear(state('composing') + delay)).toEqual([])
  expect(hear(state('composing'), { mode: 'simple' })).toEqual([])
  expect(hear(state('composing'), {}, 'type="groupchat"')).toEqual([])
  expect(hear(state('constructor'))).toEqual([])
  expect(hear('<composing xmlns="x"/>')).toEqual([])
})
