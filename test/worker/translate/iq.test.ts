import { expect, test } from 'vitest'
import { capsVer, VERSION } from '../../../worker/translate/disco.ts'
import { translateStanza } from '../../../worker/translate/down.ts'
import { isAnswer, mayAnswer } from '../../../worker/translate/iq.ts'
import { initialPresence } from '../../../worker/translate/presence.ts'
import { aView, frames, readXml, sentXml } from './support.ts'

const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const PING = '<ping xmlns="urn:xmpp:ping"/>'
const refused = (condition: string, to?: string, type = 'cancel') =>
  `<iq type="error"${to === undefined ? '' : ` to="${to}"`} id="q1"><error type="${type}"><${condition} xmlns="${STANZAS}"/></error></iq>`

function asked(
  inside: string,
  {
    from,
    type = 'get',
    view = aView(),
  }: { from?: string; type?: string; view?: ReturnType<typeof aView> } = {},
) {
  const sender = from === undefined ? '' : `from="${from}"`
  const effects = translateStanza(readXml(`<iq type="${type}" id="q1" ${sender}>${inside}</iq>`), view)
  expect(frames(effects)).toEqual([])
  return sentXml(effects)
}

test('[TR110] the own server and account are answered, and contacts that may see the presence', () => {
  const view = aView({ items: [{ jid: 'from@b.example', subscription: 'from' }, { jid: 'both@b.example' }] })
  expect(asked(PING)).toEqual(['<iq type="result" id="q1"/>'])
  for (const from of [
    'example.org',
    'sergio@example.org',
    'sergio@example.org/laptop',
    'from@b.example/x',
    'both@b.example/x',
  ]) {
    expect(asked(PING, { from, view })).toEqual([`<iq type="result" to="${from}" id="q1"/>`])
  }
})

test('[TR110] to everybody else nothing here exists', () => {
  const view = aView({
    items: [
      { jid: 'to@b.example', subscription: 'to' },
      { jid: 'none@b.example', subscription: 'none' },
    ],
  })
  for (const from of [
    'eve@b.example/x',
    'to@b.example/x',
    'none@b.example',
    'b.example',
    'example.org.evil',
    'a@b@c',
    '',
  ]) {
    for (const inside of [
      PING,
      '<query xmlns="http://jabber.org/protocol/disco#info"/>',
      '<x xmlns="y"/>',
      '',
      '<a/><b/>',
    ]) {
      expect(asked(inside, { from, view })).toEqual([refused('service-unavailable', from)])
    }
  }
})

test('[TR111] what is not known is refused, and so are orders', () => {
  expect(asked('<query xmlns="jabber:iq:private"/>')).toEqual([refused('service-unavailable')])
  expect(asked(PING, { type: 'set' })).toEqual([refused('service-unavailable')])
})

test('[TR111] an IQ asks one thing', () => {
  expect(asked('')).toEqual([refused('bad-request', undefined, 'modify')])
  expect(asked(PING + PING)).toEqual([refused('bad-request', undefined, 'modify')])
})

test('[TR112] answers without a question, and questions without an id or a known type, are nothing', () => {
  for (const xml of [
    '<iq type="result" id="x"/>',
    '<iq type="error" id="x"/>',
    `<iq type="get">${PING}</iq>`,
    `<iq id="x">${PING}</iq>`,
    `<iq id="x" type="gets">${PING}</iq>`,
  ]) {
    expect(translateStanza(readXml(xml), aView())).toEqual({})
  }
})

test('[TR112] a question whose id XML would not carry back unchanged has no answer', () => {
  for (const id of ['a&#10;b', '&#9;']) {
    expect(translateStanza(readXml(`<iq type="get" id="${id}">${PING}</iq>`), aView())).toEqual({})
  }
})

test('[TR113] disco#info names a web client and what it does', () => {
  const [info = ''] = asked('<query xmlns="http://jabber.org/protocol/disco#info"/>')
  expect(info).toContain('<identity category="client" type="web" name="Stanzagate"/>')
  const features = readXml(info).getChild('query')?.getChildren('feature')
  expect(features?.map(feature => feature.attrs['var'])).toEqual([
    'http://jabber.org/protocol/caps',
    'urn:xmpp:delay',
    'http://jabber.org/protocol/disco#info',
    'urn:xmpp:sid:0',
    'urn:xmpp:ping',
    'urn:xmpp:receipts',
    'urn:xmpp:time',
    'jabber:iq:version',
  ])
})

test('[TR113] a sequenced client takes part in typing and markers, so its capabilities are others', () => {
  const question = readXml(
    '<iq type="get" id="q1" from="jose@example.org/x"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>',
  )
  const [simple, sequenced] = (['simple', 'sequenced'] as const).map(mode => ({
    info: String(sentXml(translateStanza(question, aView({ mode, items: [{}] })))),
    caps: String(initialPresence(aView({ mode }))[0]?.stanza.getChild('c')),
  }))
  for (const feature of ['http://jabber.org/protocol/chatstates', 'urn:xmpp:chat-markers:0']) {
    expect(simple?.info).not.toContain(feature)
    expect(sequenced?.info).toContain(feature)
  }
  expect(simple?.caps).not.toBe(sequenced?.caps)
})

test('[TR113] the node of our capabilities is answered with itself, any other is not found', () => {
  const caps = initialPresence(aView())[0]?.stanza.getChild('c')
  const node = `${caps?.attrs['node']}#${caps?.attrs['ver']}`
  expect(asked(`<query xmlns="http://jabber.org/protocol/disco#info" node="${node}"/>`)[0]).toContain(
    `node="${node}"`,
  )
  expect(asked('<query xmlns="http://jabber.org/protocol/disco#info" node="x"/>')).toEqual([
    refused('item-not-found'),
  ])
})

test('[TR114] the verification string is that of the example in XEP-0115 5.2', () => {
  const features = [
    'http://jabber.org/protocol/muc',
    'http://jabber.org/protocol/disco#items',
    'http://jabber.org/protocol/caps',
    'http://jabber.org/protocol/disco#info',
  ]
  expect(capsVer({ category: 'client', type: 'pc', name: 'Exodus 0.9.1' }, features)).toBe(
    'QgayPKawpkPSDYmwT/WM94uAlu0=',
  )
})

test('[TR115] version and time are told', () => {
  expect(asked('<query xmlns="jabber:iq:version"/>')).toEqual([
    `<iq type="result" id="q1"><query xmlns="jabber:iq:version"><name>Stanzagate</name><version>${VERSION}</version></query></iq>`,
  ])
  expect(asked('<time xmlns="urn:xmpp:time"/>')).toEqual([
    '<iq type="result" id="q1"><time xmlns="urn:xmpp:time"><tzo>+00:00</tzo><utc>2026-01-02T03:04:05.000Z</utc></time></iq>',
  ])
})

const answer = (from: string | undefined, type = 'result') =>
  readXml(`<iq type="${type}" id="n1" ${from === undefined ? '' : `from="${from}"`}/>`)

test('[TR116] a request to the own account is answered by it or its server', () => {
  for (const from of [
    undefined,
    'sergio@example.org',
    'Sergio@Example.org',
    'sergio@example.org/bridge',
    'example.org',
  ]) {
    expect(mayAnswer(answer(from), undefined, aView())).toBe(true)
    expect(mayAnswer(answer(from, 'error'), 'sergio@example.org', aView())).toBe(true)
  }
  for (const from of [
    'eve@example.org',
    'sergio@example.org/laptop',
    'example.org/x',
    'b.example',
    'a@b@c',
    '',
  ]) {
    expect(mayAnswer(answer(from), undefined, aView())).toBe(false)
  }
})

test('[TR116] any other by exactly the address it went to', () => {
  expect(mayAnswer(answer('upload.example.org'), 'upload.example.org', aView())).toBe(true)
  expect(mayAnswer(answer('Jose@b.example/X'), 'jose@b.example/X', aView())).toBe(true)
  for (const from of [undefined, 'sergio@example.org', 'example.org', 'jose@b.example', 'jose@b.example/y']) {
    expect(mayAnswer(answer(from), 'jose@b.example/X', aView())).toBe(false)
  }
})

test('[TR116] only a result or an error is an answer', () => {
  for (const type of ['get', 'set', '']) {
    expect(isAnswer(answer(undefined, type))).toBe(false)
    expect(mayAnswer(answer(undefined, type), undefined, aView())).toBe(false)
  }
  expect(mayAnswer(readXml('<message type="result"/>'), undefined, aView())).toBe(false)
})
