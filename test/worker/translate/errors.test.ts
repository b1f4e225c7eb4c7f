import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import { aView, frames, readXml } from './support.ts'

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
