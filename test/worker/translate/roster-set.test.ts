import { expect, test } from 'vitest'
import { translateBroken, translateReply, translateTimeout } from '../../../worker/translate/replies.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import { aView, frames, readXml, sentXml } from './support.ts'

const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const result = readXml('<iq type="result" id="n1"/>')
const failure = (condition: string) =>
  readXml(`<iq type="error" id="n1"><error type="cancel"><${condition} xmlns="${STANZAS}"/></error></iq>`)
const added = { kind: 'add-contact', contact: 'jose@example.org', frameId: 'r1' } as const
const removed = { kind: 'remove-contact', contact: 'jose@b.example', frameId: 'r1' } as const

test('[TR70] ADD_CONTACT asks for a roster item first', () => {
  const effects = translateUp(
    { messageType: 'ADD_CONTACT', id: 'r1', to: 'jose', name: 'José', groups: ['Work', 'Work', 'A & B'] },
    aView(),
  )
  expect(effects.ask?.[0]?.request).toEqual(added)
  expect(sentXml(effects)).toEqual([
    '<iq type="set" id="n1"><query xmlns="jabber:iq:roster"><item jid="jose@example.org" name="José"><group>Work</group><group>A &amp; B</group></item></query></iq>',
  ])
})

test('[TR70] what it leaves out stays as it was', () => {
  const view = aView({ items: [{ name: 'José', groups: ['Work'] }] })
  expect(sentXml(translateUp({ messageType: 'ADD_CONTACT', to: 'jose' }, view))[0]).toContain(
    '<item jid="jose@example.org" name="José"><group>Work</group></item>',
  )
  expect(
    sentXml(translateUp({ messageType: 'ADD_CONTACT', to: 'jose', name: '', groups: [] }, view))[0],
  ).toContain('<item jid="jose@example.org"/>')
})

test('[TR70] its texts and its address are checked', () => {
  expect(
    frames(translateUp({ messageType: 'ADD_CONTACT', id: 'r1', to: 'jose', name: '\u0001' }, aView())),
  ).toMatchObject([{ code: 'bad-text', id: 'r1' }])
  expect(
    frames(
      translateUp({ messageType: 'ADD_CONTACT', id: 'r1', to: 'jose', groups: ['a', '\ud800'] }, aView()),
    ),
  ).toMatchObject([{ code: 'bad-text' }])
  expect(frames(translateUp({ messageType: 'ADD_CONTACT', id: 'r1', to: 'a b' }, aView()))).toMatchObject([
    { code: 'bad-address' },
  ])
})

test('[TR71] when the item is there the subscription is asked for and the client answered', () => {
  const effects = translateReply(added, result, aView())
  expect(frames(effects)).toEqual([{ messageType: 'ADD_CONTACT', id: 'r1', to: 'jose' }])
  expect(sentXml(effects)).toEqual(['<presence type="subscribe" to="jose@example.org" id="r1"/>'])
  expect(effects.send?.[0]?.sent).toEqual({ frameId: 'r1', to: 'jose@example.org' })
})

test('[TR71] when it is refused nothing is asked for', () => {
  const effects = translateReply(added, failure('not-allowed'), aView())
  expect(sentXml(effects)).toEqual([])
  expect(frames(effects)).toEqual([
    {
      messageType: 'ERROR',
      id: 'r1',
      code: 'not-allowed',
      message: 'The XMPP server or the recipient does not allow this. (@example.org: not-allowed)',
    },
  ])
  expect(frames(translateReply(added, failure('service-unavailable'), aView()))).toMatchObject([
    { code: 'unsupported' },
  ])
})

test('[TR72] UNSUBSCRIBE removes the item and is answered', () => {
  const effects = translateUp({ messageType: 'UNSUBSCRIBE', id: 'r1', to: 'jose@b.example' }, aView())
  expect(effects.ask?.[0]?.request).toEqual(removed)
  expect(sentXml(effects)).toEqual([
    '<iq type="set" id="n1"><query xmlns="jabber:iq:roster"><item jid="jose@b.example" subscription="remove"/></query></iq>',
  ])
  expect(translateReply(removed, result, aView())).toEqual({
    push: [{ messageType: 'UNSUBSCRIBE', id: 'r1', to: 'jose@b.example' }],
  })
})

test('[TR72] removing what is not there is not-found', () => {
  expect(frames(translateReply(removed, failure('item-not-found'), aView()))).toMatchObject([
    { messageType: 'ERROR', id: 'r1', code: 'not-found' },
  ])
})

test('[TR73] a server that does not answer, or a stream that breaks, is told as no-answer', () => {
  for (const request of [added, removed]) {
    expect(frames(translateTimeout(request, aView()))).toMatchObject([
      { messageType: 'ERROR', id: 'r1', code: 'no-answer' },
    ])
    expect(frames(translateBroken(request))).toMatchObject([
      { messageType: 'ERROR', id: 'r1', code: 'no-answer' },
    ])
  }
})
