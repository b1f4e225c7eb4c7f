import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import {
  forgetPresence,
  recallPresence,
  rememberPresence,
  whileAway,
} from '../../../worker/translate/presence.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import { aView, frames, readXml, sentXml, type ViewParts } from './support.ts'

const heard = (xml: string, parts: ViewParts = {}) =>
  translateStanza(readXml(xml), aView({ items: [{}], ...parts }))
const with2 = {
  'jose@example.org': { desk: { show: 'dnd', status: 'busy', priority: 5 }, phone: {} },
} as const

test('[TR90] PRESENCE becomes presence with show, status and capabilities', () => {
  const effects = translateUp({ messageType: 'PRESENCE', id: 'r1', show: 'xa', status: 'a\r\nb' }, aView())
  expect(sentXml(effects)).toEqual([
    expect.stringMatching(
      /^<presence id="r1"><show>xa<\/show><status>a\nb<\/status><c xmlns="\S+" hash="sha-1" node="\S+" ver="\S+="\/><\/presence>$/,
    ),
  ])
  expect(effects.send?.[0]?.sent).toEqual({ frameId: 'r1', to: 'sergio@example.org' })
})

test('[TR90] available has no show, unavailable is a type', () => {
  expect(sentXml(translateUp({ messageType: 'PRESENCE', show: 'available' }, aView()))[0]).toMatch(
    /^<presence id="n1"><c /,
  )
  expect(
    sentXml(translateUp({ messageType: 'PRESENCE', show: 'unavailable', status: 'bye' }, aView())),
  ).toEqual(['<presence type="unavailable" id="n1"><status>bye</status></presence>'])
})

test('[TR90] a status that XML cannot carry is refused', () => {
  expect(
    frames(translateUp({ messageType: 'PRESENCE', show: 'away', status: '\u0002' }, aView())),
  ).toMatchObject([{ code: 'bad-text' }])
})

test('[TR91] a contact that comes is told', () => {
  const effects = heard(
    '<presence from="jose@example.org/phone"><show>away</show><status>lunch</status><priority>3</priority></presence>',
  )
  expect(effects.contacts).toEqual([
    {
      kind: 'presence',
      jid: 'jose@example.org',
      resource: 'phone',
      presence: { show: 'away', status: 'lunch', priority: 3 },
    },
  ])
  expect(frames(effects)).toEqual([{ messageType: 'PRESENCE', from: 'jose', show: 'away', status: 'lunch' }])
})

test('[TR92] only a change of the overall presence is told', () => {
  const minor = heard('<presence from="jose@example.org/phone"><show>away</show></presence>', {
    presences: with2,
  })
  expect(minor.contacts).toHaveLength(1)
  expect(frames(minor)).toEqual([])
  expect(
    frames(heard('<presence from="jose@example.org/phone" type="unavailable"/>', { presences: with2 })),
  ).toEqual([])
  expect(
    frames(heard('<presence from="jose@example.org/desk" type="unavailable"/>', { presences: with2 })),
  ).toEqual([{ messageType: 'PRESENCE', from: 'jose', show: 'available' }])
})

test('[TR92] another status is a change', () => {
  const presences = { 'jose@example.org': { phone: { status: 'here' } } }
  const there = '<presence from="jose@example.org/phone"><status>there</status></presence>'
  expect(frames(heard(there, { presences }))).toEqual([
    { messageType: 'PRESENCE', from: 'jose', show: 'available', status: 'there' },
  ])
  expect(frames(heard(there.replace('there', 'here'), { presences }))).toEqual([])
})

test('[TR92] of two with the same priority the newer counts', () => {
  const presences = { 'jose@example.org': { desk: { show: 'dnd' }, phone: { show: 'away' } } } as const
  expect(
    frames(heard('<presence from="jose@example.org/desk"><show>xa</show></presence>', { presences })),
  ).toEqual([{ messageType: 'PRESENCE', from: 'jose', show: 'xa' }])
})

test('[TR92] without a resource a contact is gone from everywhere', () => {
  const effects = heard('<presence from="jose@example.org" type="unavailable"/>', { presences: with2 })
  expect(effects.contacts).toEqual([
    { kind: 'presence', jid: 'jose@example.org', resource: '', presence: undefined },
  ])
  expect(frames(effects)).toEqual([{ messageType: 'PRESENCE', from: 'jose', show: 'unavailable' }])
})

test('[TR93] strangers, the own devices and other types are not told', () => {
  for (const xml of [
    '<presence from="eve@example.org/x"/>',
    '<presence from="sergio@example.org/laptop"/>',
    '<presence/>',
    '<presence from="a@b@c"/>',
    '<presence from="jose@example.org" type="subscribed"/>',
    '<presence from="jose@example.org" type="unsubscribed"/>',
    '<presence from="jose@example.org/x" type="error"/>',
    '<presence from="jose@example.org/x" type="no-such"/>',
  ]) {
    expect(heard(xml, { items: [{}, { jid: 'sergio@example.org' }] })).toEqual({})
  }
})

test.each([
  ['<show>busy</show>', { show: 'available', priority: 0 }],
  ['<show>unavailable</show>', { show: 'available', priority: 0 }],
  ['<show/><priority/>', { show: 'available', priority: 0 }],
  ['<show>chat</show><priority>-128</priority>', { show: 'chat', priority: -128 }],
  ['<priority>127</priority>', { show: 'available', priority: 127 }],
  ['<priority>128</priority>', { show: 'available', priority: 0 }],
  ['<priority>-129</priority>', { show: 'available', priority: 0 }],
  ['<priority>1.5</priority>', { show: 'available', priority: 0 }],
  ['<priority>0x10</priority>', { show: 'available', priority: 0 }],
  ['<priority>9e9</priority>', { show: 'available', priority: 0 }],
])('[TR94] %s is read as far as it makes sense', (inside, presence) => {
  const [patch] = heard(`<presence from="jose@example.org/x">${inside}</presence>`).contacts ?? []
  expect(patch).toMatchObject({ kind: 'presence', presence })
})

test('[TR94] a status is cut to 1024 characters', () => {
  const [frame] = frames(
    heard(`<presence from="jose@example.org/x"><status>${'é'.repeat(2000)}</status></presence>`),
  )
  expect(frame).toMatchObject({ status: 'é'.repeat(1024) })
})

test('[TR95] when the stream is gone, whoever was there counts as unavailable', () => {
  const effects = forgetPresence(aView({ items: [{}, { jid: 'ana@example.org' }], presences: with2 }))
  expect(effects.contacts).toEqual([{ kind: 'all-unavailable' }])
  expect(frames(effects)).toEqual([{ messageType: 'PRESENCE', from: 'jose', show: 'unavailable' }])
})

test('[TR96] before the roster is read presence is kept for it and told to nobody', () => {
  const view = aView()
  const effects = translateStanza(readXml('<presence from="jose@example.org/x"/>'), view)
  expect(effects.contacts).toMatchObject([{ kind: 'presence', jid: 'jose@example.org', resource: 'x' }])
  expect(frames(effects)).toEqual([])
})

test('[TR97] what was seen of contacts goes through XML unchanged, and who is unknown is left out', () => {
  const items = [{}, { jid: 'ana@example.org' }]
  const view = aView({ items, presences: with2 })
  const seen = rememberPresence(view).map(String)
  const again = aView({ items })
  const turns = seen.map(text => recallPresence(readXml(text), again)).filter(turn => turn !== undefined)
  again.contacts.apply({ kind: 'recalled', seen: turns })
  for (const { jid } of view.contacts.items()) {
    expect([...again.contacts.resources(jid)]).toEqual([...view.contacts.resources(jid)])
    expect(again.contacts.presence(jid)).toEqual(view.contacts.presence(jid))
  }

  const blind = aView({ items })
  blind.contacts.apply({ kind: 'recalled', seen: [] })
  expect(rememberPresence(blind)).toEqual([])
})

test('[TR97] the first word of a contact that was unknown is told, even that it is unavailable', () => {
  const view = aView({ items: [{}] })
  view.contacts.apply({ kind: 'recalled', seen: [] })
  expect(
    frames(translateStanza(readXml('<presence from="jose@example.org" type="unavailable"/>'), view)),
  ).toEqual([{ messageType: 'PRESENCE', from: 'jose', show: 'unavailable' }])
})

test('[TR98] when there has been no socket for long the user is away, with the same words, unless less was set by hand', () => {
  expect(whileAway(undefined)).toEqual({ messageType: 'PRESENCE', show: 'away' })
  expect(whileAway({ messageType: 'PRESENCE', show: 'chat', status: 'hi' })).toEqual({
    messageType: 'PRESENCE',
    show: 'away',
    status: 'hi',
  })
  for (const show of ['away', 'xa', 'dnd', 'unavailable'] as const) {
    const set = { messageType: 'PRESENCE', show } as const
    expect(whileAway(set)).toBe(set)
  }
})
