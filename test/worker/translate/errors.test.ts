import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import { translateUp, type Translated } from '../../../worker/translate/up.ts'
import { aView, frames, readXml, sentXml, type ViewParts } from './support.ts'

const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const sent = { m1: { frameId: 'm1', to: 'jose@b.example' }, n2: { frameId: undefined, to: 'jose@b.example' } }

function bounce({
  from,
  id = 'm1',
  name = 'message',
  inside = `<item-not-found xmlns="${STANZAS}"/>`,
}: {
  from?: string
  id?: string
  name?: string
  inside?: string
}) {
  const sender = from === undefined ? '' : `from="${from}"`
  const xml = `<${name} type="error" ${sender} id="${id}"><body>hi</body><error type="cancel">${inside}</error></${name}>`
  return frames(translateStanza(readXml(xml), aView({ sent })))
}

test('[TR30] an error about a message of ours is told under the id of its frame', () => {
  expect(bounce({ from: 'jose@b.example' })).toEqual([
    {
      messageType: 'ERROR',
      id: 'm1',
      code: 'not-found',
      message: 'The XMPP server knows no such recipient. (jose@b.example: item-not-found)',
    },
  ])
  expect(bounce({ from: 'jose@b.example', id: 'n2' })[0]).not.toHaveProperty('id')
})

test('[TR30] a presence of ours is answered for in the same way', () => {
  expect(bounce({ from: 'jose@b.example', name: 'presence' })).toMatchObject([
    { code: 'not-found', id: 'm1' },
  ])
})

test('[TR31] the recipient, its server, the own account and the own server are believed', () => {
  for (const from of [
    'jose@b.example',
    'jose@b.example/phone',
    'b.example',
    'example.org',
    'sergio@example.org',
    undefined,
  ]) {
    expect(bounce({ from })).toHaveLength(1)
  }
})

test('[TR31] nobody else is', () => {
  for (const from of [
    'ana@b.example',
    'evil.example',
    'jose@b.example.evil',
    'xb.example',
    'jose@example.org',
    'a@b@c',
  ]) {
    expect(bounce({ from })).toEqual([])
  }
})

test('[TR32] an error about what was never sent, or is forgotten, is nothing', () => {
  expect(bounce({ from: 'jose@b.example', id: 'other' })).toEqual([])
  expect(
    frames(translateStanza(readXml('<message type="error" from="b.example"/>'), aView({ sent }))),
  ).toEqual([])
})

const US = 'sergio@example.org/bridge'

/** A message comes back to a sequenced client whose worker does not remember it. */
function later(from: string, { id = 'old', to = US, name = 'message', ...parts }: Later = {}) {
  const error = `<error type="cancel"><remote-server-not-found xmlns="${STANZAS}"/></error>`
  const stanza = readXml(`<${name} type="error" from="${from}" to="${to}" id="${id}">${error}</${name}>`)
  return frames(translateStanza(stanza, aView({ mode: 'sequenced', sent, ...parts })))
}
type Later = ViewParts & { id?: string; to?: string; name?: string }

test('[TR35] an error about a message that an earlier worker sent is its state, and says who refuses', () => {
  expect(later('ana@c.example')).toEqual([
    {
      messageType: 'STATE',
      id: 'old',
      from: 'ana@c.example',
      state: 'failed',
      code: 'server-not-found',
      message:
        "The recipient's server does not exist or cannot be reached. (ana@c.example: remote-server-not-found)",
    },
  ])
})

test('[TR35] the own server and the own account need no other word', () => {
  for (const from of ['example.org', 'sergio@example.org']) {
    const [state, ...more] = later(from, { to: 'sergio@example.org' })
    expect([state, more]).toMatchObject([{ messageType: 'STATE', id: 'old', state: 'failed' }, []])
    expect(state).not.toHaveProperty('from')
  }
})

test('[TR35] what did not come to the full JID is nothing: who sent it may not know that the user is there', () => {
  expect(later('ana@c.example', { to: 'sergio@example.org' })).toEqual([])
  expect(later('ana@c.example', { to: 'a@b@c' })).toEqual([])
})

test('[TR35] an id that no frame can have, a presence, and a sender that is no address are nothing', () => {
  expect(later('ana@c.example', { id: 'x'.repeat(65) })).toEqual([])
  expect(later('ana@c.example', { id: '' })).toEqual([])
  expect(later('ana@c.example', { name: 'presence' })).toEqual([])
  expect(later('a@b@c')).toEqual([])
})

test('[TR35] a message that is remembered fails by nobody but those who may refuse it', () => {
  expect(later('ana@c.example', { id: 'm1' })).toEqual([])
})

test('[TR35] a simple client, whose ERROR says not who refuses, is not told', () => {
  expect(later('ana@c.example', { mode: 'simple' })).toEqual([])
  expect(later('example.org', { mode: 'simple' })).toEqual([])
})

test('[TR36] where a server refuses for the recipient, no `from` keeps the client from believing it', () => {
  for (const from of ['b.example', 'example.org']) {
    const [state] = later(from, { id: 'm1' })
    expect(state).toMatchObject({ messageType: 'STATE', id: 'm1', state: 'failed' })
    expect(state).not.toHaveProperty('from')
  }
  expect(later('jose@b.example', { id: 'm1' })).toMatchObject([{ from: 'jose@b.example' }])
})

test('[TR37] an error about a sign is not taken for one about a text, for a sign goes without an id', () => {
  const signs: readonly Translated[] = [
    { messageType: 'TYPING', id: 't1', to: 'jose', state: 'composing' },
    { messageType: 'DISPLAYED', id: 'd1', to: 'jose', message: 'j1' },
  ]
  const sentBy = signs.flatMap(frame => sentXml(translateUp(frame, aView({ items: [{}] }))))
  const asking = `<message from="jose@example.org/x" to="${US}" id="j1"><body>hi</body><request xmlns="urn:xmpp:receipts"/></message>`
  const receipts = sentXml(translateStanza(readXml(asking), aView({ items: [{}] })))
  expect([...sentBy, ...receipts].map(text => readXml(text).attrs['id'])).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test.each([
  ['service-unavailable', 'recipient-unavailable'],
  ['recipient-unavailable', 'recipient-unavailable'],
  ['resource-constraint', 'recipient-unavailable'],
  ['item-not-found', 'not-found'],
  ['gone', 'not-found'],
  ['remote-server-not-found', 'server-not-found'],
  ['remote-server-timeout', 'server-not-found'],
  ['forbidden', 'not-allowed'],
  ['not-allowed', 'not-allowed'],
  ['not-authorized', 'not-allowed'],
  ['subscription-required', 'not-allowed'],
  ['policy-violation', 'not-allowed'],
  ['feature-not-implemented', 'unsupported'],
  ['jid-malformed', 'bad-address'],
  ['undefined-condition', 'recipient-refused'],
  ['no-such-condition', 'recipient-refused'],
  ['constructor', 'recipient-refused'],
])('[TR33] %s is %s', (condition, code) => {
  expect(bounce({ from: 'b.example', inside: `<${condition} xmlns="${STANZAS}"/>` })).toMatchObject([
    { code },
  ])
})

test('[TR33] an error that names nothing is still an error', () => {
  expect(bounce({ from: 'b.example', inside: '' })).toMatchObject([{ code: 'recipient-refused' }])
  expect(bounce({ from: 'b.example', inside: '<gone xmlns="x"/>' })).toMatchObject([
    { code: 'recipient-refused' },
  ])
  const bare = readXml('<message type="error" from="b.example" id="m1"/>')
  expect(frames(translateStanza(bare, aView({ sent })))).toMatchObject([{ code: 'recipient-refused' }])
})

test("[TR34] the server's own words are passed on, cut to 200 characters", () => {
  const inside = `<gone xmlns="${STANZAS}"/><text xmlns="${STANZAS}">${'x'.repeat(500)}</text>`
  expect(bounce({ from: 'b.example', inside })).toMatchObject([
    { message: `The XMPP server knows no such recipient. (@b.example: gone, "${'x'.repeat(200)}")` },
  ])
})
