import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import { translateReply } from '../../../worker/translate/replies.ts'
import { jsonBytes } from '../../../worker/translate/text.ts'
import { aView, anItem, frames, readXml, sentXml } from './support.ts'

const OWN = 'sergio@example.org'
const push = (item: string, from?: string) =>
  readXml(
    `<iq type="set" id="p1" ${from === undefined ? '' : `from="${from}"`}><query xmlns="jabber:iq:roster">${item}</query></iq>`,
  )
const JOSE =
  '<item jid="jose@example.org" name="José" subscription="to" ask="subscribe"><group>Friends</group><group>Work</group></item>'

test('[TR50] a roster push changes the contact, is told as CONTACT and answered', () => {
  for (const from of [undefined, OWN]) {
    const effects = translateStanza(push(JOSE, from), aView())
    const item = {
      jid: 'jose@example.org',
      name: 'José',
      groups: ['Friends', 'Work'],
      subscription: 'to',
      pending: true,
    }
    expect(effects.contacts).toEqual([{ kind: 'item', item }])
    expect(frames(effects)).toEqual([{ messageType: 'CONTACT', ...item, presence: { show: 'unavailable' } }])
    const to = from === undefined ? '' : ` to="${from}"`
    expect(sentXml(effects)).toEqual([`<iq type="result"${to} id="p1"/>`])
  }
})

test('[TR50] the frame tells the presence that is known', () => {
  const view = aView({
    items: [{}],
    presences: { 'jose@example.org': { phone: { show: 'dnd', status: 'busy' } } },
  })
  expect(frames(translateStanza(push(JOSE), view))).toMatchObject([
    { presence: { show: 'dnd', status: 'busy' } },
  ])
})

test('[TR51] a push of anybody else changes nothing and is refused', () => {
  for (const from of [
    'eve@example.org',
    `${OWN}/laptop`,
    'example.org',
    'evil.example',
    'sergio@example.org.evil',
  ]) {
    const effects = translateStanza(push(JOSE, from), aView({ items: [{ jid: 'eve@example.org' }] }))
    expect(effects.contacts).toBeUndefined()
    expect(frames(effects)).toEqual([])
    expect(sentXml(effects)).toEqual([
      `<iq type="error" to="${from}" id="p1"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
    ])
  }
})

test('[TR52] a removed item is told under the name it had', () => {
  const view = aView({
    items: [{ name: 'José', groups: ['Friends'] }],
    presences: { 'jose@example.org': { phone: {} } },
  })
  const effects = translateStanza(push('<item jid="jose@example.org" subscription="remove"/>'), view)
  expect(effects.contacts).toEqual([{ kind: 'removed', jid: 'jose@example.org' }])
  expect(frames(effects)).toEqual([
    {
      messageType: 'CONTACT',
      removed: true,
      jid: 'jose@example.org',
      name: 'José',
      groups: [],
      subscription: 'none',
      pending: false,
      presence: { show: 'unavailable' },
    },
  ])
})

test('[TR53] an item without an address is left out, one without a name is called by its address', () => {
  expect(translateStanza(push('<item jid="a@b@c" name="x"/>'), aView())).toEqual({ send: expect.any(Array) })
  expect(translateStanza(push('<item name="x"/>'), aView()).contacts).toBeUndefined()
  expect(frames(translateStanza(push('<item jid="Jose@Example.org"/>'), aView()))).toMatchObject([
    { jid: 'jose@example.org', name: 'jose', subscription: 'none', pending: false },
  ])
  expect(
    frames(translateStanza(push('<item jid="icq.b.example/registered" subscription="no-such"/>'), aView())),
  ).toMatchObject([{ jid: 'icq.b.example', name: '@icq.b.example', subscription: 'none' }])
})

test('[TR53] only a request that waits makes a contact pending', () => {
  expect(frames(translateStanza(push('<item jid="jose@example.org" ask="x"/>'), aView()))).toMatchObject([
    { pending: false },
  ])
})

test('[TR53] names and groups beyond what ADD_CONTACT takes are cut', () => {
  const groups = Array.from({ length: 40 }, (_, n) => `<group>${n}${'g'.repeat(300)}</group>`).join('')
  const [frame] = frames(
    translateStanza(
      push(`<item jid="jose@example.org" name="${'n'.repeat(300)}">${groups}<group/></item>`),
      aView(),
    ),
  )
  expect(frame).toMatchObject({ name: 'n'.repeat(256) })
  expect(frame?.messageType === 'CONTACT' && frame.groups.map(group => group.length)).toEqual(
    Array<number>(32).fill(256),
  )
})

test('[TR53] a contact that does not fit a frame loses its groups and the end of its name', () => {
  const groups = Array.from({ length: 32 }, () => `<group>${'g'.repeat(256)}</group>`).join('')
  const view = aView({ maxFrameBytes: 400 })
  const [frame] = frames(
    translateStanza(push(`<item jid="jose@example.org" name="${'é'.repeat(256)}">${groups}</item>`), view),
  )
  expect(frame).toMatchObject({ groups: [] })
  expect(jsonBytes(frame ?? '')).toBeGreaterThan(396)
  expect(jsonBytes(frame ?? '')).toBeLessThanOrEqual(400)
})

const loaded = (items: string) =>
  readXml(`<iq type="result" id="n2"><query xmlns="jabber:iq:roster">${items}</query></iq>`)

test('[TR54] the first roster is no news', () => {
  const effects = translateReply(
    { kind: 'roster', resumed: false },
    loaded(`${JOSE}<item jid="@"/>`),
    aView(),
  )
  expect(effects.contacts).toMatchObject([{ kind: 'roster', items: [{ jid: 'jose@example.org' }] }])
  expect(frames(effects)).toEqual([])
})

test('[TR54] of a later one the changes are told', () => {
  const same = '<item jid="ana@example.org" subscription="both"/>'
  const view = aView({ items: [{ name: 'old' }, { jid: 'ana@example.org' }, { jid: 'eve@example.org' }] })
  const effects = translateReply({ kind: 'roster', resumed: false }, loaded(same + JOSE), view)
  expect(frames(effects)).toMatchObject([
    { messageType: 'CONTACT', jid: 'jose@example.org', name: 'José' },
    { messageType: 'CONTACT', jid: 'eve@example.org', removed: true },
  ])
  view.contacts.apply({ kind: 'roster', items: [] })
  expect(frames(translateReply({ kind: 'roster', resumed: false }, loaded(JOSE), view))).toMatchObject([
    { jid: 'jose@example.org' },
  ])
})

test('[TR54] an empty answer is an empty roster', () => {
  const effects = translateReply(
    { kind: 'roster', resumed: false },
    readXml('<iq type="result" id="n2"/>'),
    aView({ items: [anItem({})] }),
  )
  expect(effects.contacts).toEqual([{ kind: 'roster', items: [] }])
})
