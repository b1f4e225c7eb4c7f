import { expect, test } from 'vitest'
import type { ContactList, Snapshot } from '../../../shared/wire/frames/contacts.ts'
import { snapshot } from '../../../worker/translate/contact-list.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import { jsonBytes } from '../../../worker/translate/text.ts'
import { aView, frames, type ViewParts } from './support.ts'

function list(parts: ViewParts, id?: string): ContactList[] {
  return frames(translateUp({ messageType: 'GET_CONTACTS', id }, aView(parts))) as ContactList[]
}

test('[TR60] GET_CONTACTS answers with the names as JSON in a string and the contacts, by address', () => {
  const items = [
    { jid: 'jose@example.org', name: 'José', groups: ['Work'] },
    { jid: 'ana@b.example', pending: true, subscription: 'none' as const },
  ]
  const presences = { 'jose@example.org': { phone: { show: 'away' as const, status: 'lunch' } } }
  expect(list({ items, presences }, 'r7')).toEqual([
    {
      messageType: 'GET_CONTACTS',
      id: 'r7',
      content: '["ana@b.example","jose"]',
      contacts: [
        {
          jid: 'ana@b.example',
          name: 'ana@b.example',
          groups: [],
          subscription: 'none',
          pending: true,
          presence: { show: 'unavailable' },
        },
        {
          jid: 'jose@example.org',
          name: 'José',
          groups: ['Work'],
          subscription: 'both',
          pending: false,
          presence: { show: 'away', status: 'lunch' },
        },
      ],
    },
  ])
})

test('[TR60] no contacts are an empty list', () => {
  expect(list({})).toEqual([{ messageType: 'GET_CONTACTS', content: '[]', contacts: [] }])
})

test('[TR61] a roster that does not fit one frame comes in parts, none longer than a frame', () => {
  const items = Array.from({ length: 500 }, (_, n) => ({
    jid: `user${String(n).padStart(3, '0')}@example.org`,
    name: `"${'é'.repeat(n % 50)}\\`,
  }))
  const parts = list({ items: items.toReversed(), maxFrameBytes: 4096 }, 'r7')
  expect(parts.length).toBeGreaterThan(10)
  expect(parts.map(part => part.part)).toEqual(parts.map((_, index) => [index + 1, parts.length]))
  expect(parts.every(part => part.id === 'r7' && jsonBytes(part) <= 4096)).toBe(true)
  expect(parts.slice(0, -1).every(part => jsonBytes(part) > 3600)).toBe(true)
  expect(parts.flatMap(part => part.contacts.map(contact => contact.jid))).toEqual(
    items.map(item => item.jid),
  )
  expect(parts.flatMap(part => JSON.parse(part.content) as string[])).toEqual(
    items.map(item => item.jid.slice(0, 7)),
  )
})

test('[TR62] one contact too long for a frame has its name cut', () => {
  const long = `${'jo\\'.repeat(60)}@example.org`
  const items = [{ jid: 'ana@example.org' }, { jid: long, name: '\n'.repeat(3000) }]
  const parts = list({ items, maxFrameBytes: 4096 })
  expect(parts.map(part => part.contacts.map(contact => contact.jid))).toEqual([['ana@example.org'], [long]])
  expect(parts.every(part => jsonBytes(part) <= 4096)).toBe(true)
  expect(parts[1]?.contacts[0]?.name.length).toBeGreaterThan(1500)
})

test('[TR63] SNAPSHOT tells contacts, what is known of their presence, and open requests', () => {
  const view = aView({ items: [{}, { jid: 'ana@b.example', subscription: 'to' }] })
  view.contacts.apply({ kind: 'recalled', seen: [] })
  view.contacts.apply({ kind: 'asked', jid: 'eve@example.org', status: 'please' })
  view.contacts.apply({ kind: 'presence', jid: 'jose@example.org', resource: '', presence: undefined })
  expect(JSON.parse(JSON.stringify(snapshot(view)))).toEqual([
    {
      messageType: 'SNAPSHOT',
      contacts: [
        {
          jid: 'ana@b.example',
          name: 'ana@b.example',
          groups: [],
          subscription: 'to',
          pending: false,
          presence: { show: 'unknown' },
        },
        {
          jid: 'jose@example.org',
          name: 'jose',
          groups: [],
          subscription: 'both',
          pending: false,
          presence: { show: 'unavailable' },
        },
      ],
      requests: [{ from: 'eve', status: 'please' }],
    },
  ])
})

test('[TR63] one that does not fit one frame comes in parts, none longer than a frame; an empty one is one', () => {
  const items = Array.from({ length: 300 }, (_, n) => ({
    jid: `user${String(n).padStart(3, '0')}@example.org`,
  }))
  const view = aView({ items, maxFrameBytes: 4096 })
  for (let number = 0; number < 100; number += 1)
    view.contacts.apply({ kind: 'asked', jid: `u${number}@b.example`, status: 'é'.repeat(number) })
  const parts: Snapshot[] = snapshot(view)
  expect(parts.map(({ part }) => part)).toEqual(parts.map((_, index) => [index + 1, parts.length]))
  expect(parts.every(part => jsonBytes(part) <= 4096)).toBe(true)
  expect(parts.flatMap(({ contacts }) => contacts.map(({ jid }) => jid))).toEqual(items.map(({ jid }) => jid))
  expect(parts.flatMap(({ requests }) => requests).length).toBe(100)
  expect(snapshot(aView())).toEqual([{ messageType: 'SNAPSHOT', contacts: [], requests: [] }])
})
