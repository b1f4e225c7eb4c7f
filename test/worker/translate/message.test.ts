import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import { jsonBytes } from '../../../worker/translate/text.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import { aView, frames, NOW, readXml, sentXml } from './support.ts'

const timestamp = new Date(NOW).toISOString()
const heard = (xml: string, view = aView()) => frames(translateStanza(readXml(xml), view))
const says = (content: string, to = 'jose', id?: string) =>
  ({ messageType: 'NEW_MESSAGE', to, content, id }) as const

test('[TR10] NEW_MESSAGE becomes a chat message to the bare address, without from', () => {
  expect(sentXml(translateUp(says('a < b', 'jose', 'm1'), aView()))).toEqual([
    '<message type="chat" to="jose@example.org" id="m1"><body>a &lt; b</body><origin-id xmlns="urn:xmpp:sid:0" id="m1"/></message>',
  ])
})

test('[TR10] to may name another domain; it is prepared', () => {
  const { send } = translateUp(says('hi', 'MARÍA@Example.COM'), aView())
  expect(send?.[0]?.stanza.attrs['to']).toBe('maría@example.com')
})

test('[TR11] a message without an id gets one, and is remembered with its frame and address', () => {
  const [first] = translateUp(says('hi'), aView()).send ?? []
  expect(first?.stanza.attrs['id']).toBe('n1')
  expect(first?.sent).toEqual({ frameId: undefined, to: 'jose@example.org' })
  const [second] = translateUp(says('hi', 'jose', 'm1'), aView()).send ?? []
  expect(second?.sent).toEqual({ frameId: 'm1', to: 'jose@example.org' })
})

test('[TR12] a text that XML cannot carry is refused and nothing is sent', () => {
  for (const bad of ['\u0000', 'a\u000bb', '\ufffe', '\ud800', '\ude00x']) {
    const effects = translateUp(says(bad, 'jose', 'm1'), aView())
    expect(sentXml(effects)).toEqual([])
    expect(frames(effects)).toMatchObject([{ messageType: 'ERROR', code: 'bad-text', id: 'm1' }])
  }
})

test('[TR13] a text that is too long as JSON is refused', () => {
  const view = aView({ maxContentBytes: 12 })
  expect(frames(translateUp(says('"""""'), view))).toEqual([])
  const effects = translateUp(says('""""""', 'jose', 'm1'), view)
  expect(sentXml(effects)).toEqual([])
  expect(frames(effects)).toMatchObject([{ code: 'too-large', id: 'm1' }])
})

test('[TR13] so is one that escaping makes longer than a server takes', () => {
  const view = aView({ mode: 'sequenced', maxContentBytes: 8192, maxTextBytes: 65_536 })
  expect(sentXml(translateUp(says('x'.repeat(65_534)), view))).toHaveLength(1)
  const effects = translateUp(says('&'.repeat(65_534), 'jose', 'm1'), view)
  expect(sentXml(effects)).toEqual([])
  expect(frames(effects)).toMatchObject([{ code: 'too-large', id: 'm1' }])
})

test('[TR14] an address that cannot be prepared is refused', () => {
  for (const bad of ['', '@', 'jose@', 'jo se', 'jose@example.org/phone', 'a\u0000b', "o'neil"]) {
    const effects = translateUp(says('hi', bad, 'm1'), aView())
    expect(sentXml(effects)).toEqual([])
    expect(frames(effects)).toMatchObject([{ code: 'bad-address', id: 'm1' }])
  }
})

test('[TR15] line ends go out as LF, as every XML parser would read them', () => {
  const { send } = translateUp(says('a\r\nb\rc'), aView())
  expect(send?.[0]?.stanza.getChildText('body')).toBe('a\nb\nc')
})

test('[TR20] a message from somebody becomes NEW_MESSAGE', () => {
  expect(
    heard(
      '<message from="jose@example.org/phone" to="sergio@example.org/bridge" id="m7" type="chat"><body>hi</body></message>',
    ),
  ).toEqual([{ messageType: 'NEW_MESSAGE', id: 'm7', from: 'jose', to: 'sergio', content: 'hi', timestamp }])
})

test('[TR20] addresses of other domains are shown whole, and a domain with @', () => {
  expect(heard('<message from="ana@b.example/x"><body>hi</body></message>')).toMatchObject([
    { from: 'ana@b.example' },
  ])
  expect(heard('<message from="example.org"><body>hi</body></message>')).toMatchObject([
    { from: '@example.org' },
  ])
})

test('[TR20] the namespace may be declared on the stanza or on the stream, and no other is read', () => {
  const body = '<body>hi</body>'
  expect(heard(`<message xmlns="jabber:client" from="jose@example.org">${body}</message>`)).toHaveLength(1)
  expect(heard(`<message xmlns="jabber:server" from="jose@example.org">${body}</message>`)).toEqual([])
  expect(
    heard('<message from="jose@example.org"><body xmlns="http://www.w3.org/1999/xhtml">hi</body></message>'),
  ).toEqual([])
})

test('[TR21] only messages to one person, with a text, are told', () => {
  for (const type of ['chat', 'normal', 'headline', 'no-such-type']) {
    expect(heard(`<message type="${type}" from="jose@example.org"><body>hi</body></message>`)).toHaveLength(1)
  }
  expect(heard('<message type="groupchat" from="r@example.org/ana"><body>hi</body></message>')).toEqual([])
  expect(heard('<message type="error" from="jose@example.org"><body>hi</body></message>')).toEqual([])
  expect(heard('<message from="jose@example.org"><body/></message>')).toEqual([])
  expect(heard('<message from="jose@example.org"><composing xmlns="x"/></message>')).toEqual([])
})

test('[TR22] of several texts the first without a language counts, else the first', () => {
  const bodies = '<body/><body xml:lang="de">Hallo</body><body>hello</body><body>again</body>'
  expect(heard(`<message from="jose@example.org">${bodies}</message>`)).toMatchObject([{ content: 'hello' }])
  const foreign = '<body xml:lang="de">Hallo</body><body xml:lang="fr">Salut</body>'
  expect(heard(`<message from="jose@example.org">${foreign}</message>`)).toMatchObject([{ content: 'Hallo' }])
})

test('[TR23] a message without from is from the own account', () => {
  expect(heard('<message><body>hi</body></message>')).toMatchObject([{ from: 'sergio' }])
})

test('[TR23] a message from what is no address is nothing', () => {
  expect(heard('<message from="a@b@c"><body>hi</body></message>')).toEqual([])
  expect(heard('<message from=""><body>hi</body></message>')).toEqual([])
})

test('[TR23] a resource that no client should have hides no message', () => {
  expect(heard('<message from="jose@example.org/&#x202e;&#x7f;"><body>hi</body></message>')).toMatchObject([
    { from: 'jose' },
  ])
})

test('[TR24] mid is the first stanza-id by the own account', () => {
  const ids = [
    '<stanza-id xmlns="urn:xmpp:sid:0" id="forged" by="jose@example.org"/>',
    '<stanza-id xmlns="urn:xmpp:sid:0" id="device" by="sergio@example.org/bridge"/>',
    '<stanza-id xmlns="urn:xmpp:sid:0" id="a1" by="Sergio@example.org"/>',
    '<stanza-id xmlns="urn:xmpp:sid:0" id="a2" by="sergio@example.org"/>',
  ]
  const [frame] = heard(`<message from="jose@example.org"><body>hi</body>${ids.join('')}</message>`)
  expect(frame).toMatchObject({ mid: 'a1' })
  const [none] = heard(`<message from="jose@example.org"><body>hi</body>${ids[0]}</message>`)
  expect(none).not.toHaveProperty('mid')
})

test('[TR24] ids too long to be ids are left out', () => {
  const long = 'x'.repeat(255)
  const [frame] = heard(
    `<message from="jose@example.org" id="${long}"><body>hi</body><stanza-id xmlns="urn:xmpp:sid:0" id="${long}" by="sergio@example.org"/></message>`,
  )
  expect(frame).not.toHaveProperty('id')
  expect(frame).not.toHaveProperty('mid')
})

const delayed = (...delays: string[]) =>
  heard(`<message from="jose@example.org"><body>hi</body>${delays.join('')}</message>`)
const delay = (from: string, stamp: string) =>
  `<delay xmlns="urn:xmpp:delay" from="${from}" stamp="${stamp}"/>`

test('[TR25] the earliest stamp of the own server or account says when a message was sent', () => {
  expect(
    delayed(
      delay('example.org', '2026-01-01T10:00:00Z'),
      delay('sergio@example.org', '2026-01-01T11:00:00+02:00'),
    ),
  ).toMatchObject([{ timestamp: '2026-01-01T09:00:00.000Z', delayed: true }])
})

test('[TR25] stamps of others are not believed', () => {
  for (const from of [
    'jose@example.org',
    'evil.example',
    'sergio@example.org/phone',
    'example.org.evil',
    '',
  ]) {
    const [frame] = delayed(delay(from, '2020-01-01T00:00:00Z'))
    expect(frame).toMatchObject({ timestamp })
    expect(frame).not.toHaveProperty('delayed')
  }
  const [frame] = delayed('<delay xmlns="urn:xmpp:delay" stamp="2020-01-01T00:00:00Z"/>')
  expect(frame).not.toHaveProperty('delayed')
})

test('[TR25] bad stamps are no stamps, and one in the future is now', () => {
  for (const bad of [
    '',
    'yesterday',
    '2026-01-01',
    '2026-13-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '20260101T00:00:00',
  ]) {
    expect(delayed(delay('example.org', bad))[0]).not.toHaveProperty('delayed')
  }
  expect(delayed(delay('example.org', '2030-01-01T00:00:00Z'))).toMatchObject([{ timestamp, delayed: true }])
})

test('[TR26] a text over the limit is cut and marked', () => {
  const view = aView({ maxContentBytes: 100 })
  const [frame] = heard(`<message from="jose@example.org"><body>${'é'.repeat(200)}</body></message>`, view)
  expect(frame).toMatchObject({ content: 'é'.repeat(49), truncated: true })
  const [whole] = heard(`<message from="jose@example.org"><body>${'é'.repeat(49)}</body></message>`, view)
  expect(whole).not.toHaveProperty('truncated')
})

test('[TR26] a text is cut further when the frame would be too long', () => {
  const view = aView({ maxContentBytes: 24_576, maxFrameBytes: 4096 })
  const [frame] = heard(`<message from="jose@example.org"><body>${'"'.repeat(5000)}</body></message>`, view)
  expect(frame).toMatchObject({ truncated: true })
  expect(jsonBytes(frame ?? '')).toBeGreaterThan(4090)
  expect(jsonBytes(frame ?? '')).toBeLessThanOrEqual(4096)
})

test('[TR27] a sequenced client gets a text whole, up to its own limit; it travels in parts', () => {
  const view = aView({ mode: 'sequenced', maxContentBytes: 8192, maxTextBytes: 65_536 })
  const message = (text: string) => `<message from="jose@example.org"><body>${text}</body></message>`
  expect(heard(message('x'.repeat(65_534)), view)).toMatchObject([{ content: 'x'.repeat(65_534) }])
  const [long] = heard(message('x'.repeat(65_535)), view)
  expect(long).toMatchObject({ content: 'x'.repeat(65_534), truncated: true })
})
