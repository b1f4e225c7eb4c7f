import { expect, test } from 'vitest'
import { Contacts, overall, withResource, type Presence } from '../../worker/contacts.ts'
import { aPresence, anItem } from './translate/support.ts'

const JOSE = 'jose@example.org'

function withJose(...resources: [string, Partial<Presence>][]): Contacts {
  const contacts = new Contacts()
  contacts.apply({ kind: 'roster', items: [anItem({ jid: JOSE })] })
  for (const [resource, presence] of resources) {
    contacts.apply({ kind: 'presence', jid: JOSE, resource, presence: aPresence(presence) })
  }
  return contacts
}
const shows = (contacts: Contacts) =>
  [...contacts.resources(JOSE)].map(([resource, { show }]) => `${resource} ${show}`)

test('[CT1] items come with the roster, change and go', () => {
  const contacts = withJose()
  contacts.apply({ kind: 'item', item: anItem({ jid: JOSE, name: 'José' }) })
  expect(contacts.item(JOSE)?.name).toBe('José')
  contacts.apply({ kind: 'removed', jid: JOSE })
  expect([...contacts.items()]).toEqual([])
})

test('[CT1] a roster is loaded from the first one on', () => {
  expect(new Contacts().loaded).toBe(false)
  const contacts = new Contacts()
  contacts.apply({ kind: 'roster', items: [] })
  expect(contacts.loaded).toBe(true)
})

test('[CT2] resources of a contact come and go', () => {
  const contacts = withJose(['phone', { show: 'away' }], ['desk', {}])
  expect(shows(contacts)).toEqual(['phone away', 'desk available'])
  contacts.apply({ kind: 'gone', jid: JOSE, resource: 'phone' })
  expect(shows(contacts)).toEqual(['desk available'])
  contacts.apply({ kind: 'all-gone' })
  expect(shows(contacts)).toEqual([])
})

test('[CT2] presence of strangers is not kept, nor that of one who left the roster', () => {
  const contacts = withJose(['phone', {}])
  contacts.apply({ kind: 'presence', jid: 'eve@example.org', resource: 'x', presence: aPresence() })
  expect(contacts.resources('eve@example.org').size).toBe(0)
  contacts.apply({ kind: 'gone', jid: 'eve@example.org', resource: 'x' })
  contacts.apply({ kind: 'roster', items: [] })
  expect(shows(contacts)).toEqual([])
  contacts.apply({ kind: 'item', item: anItem({ jid: JOSE }) })
  contacts.apply({ kind: 'presence', jid: JOSE, resource: 'x', presence: aPresence() })
  contacts.apply({ kind: 'removed', jid: JOSE })
  expect(shows(contacts)).toEqual([])
})

test('[CT3] of 33 resources the last to come is not kept, and those known still change', () => {
  const contacts = withJose(
    ...Array.from({ length: 33 }, (_, n): [string, Partial<Presence>] => [`r${n}`, {}]),
  )
  expect(contacts.resources(JOSE).size).toBe(32)
  contacts.apply({ kind: 'presence', jid: JOSE, resource: 'r0', presence: aPresence({ show: 'dnd' }) })
  expect(contacts.resources(JOSE).get('r0')?.show).toBe('dnd')
})

test('[CT4] overall counts the highest priority, and of equals the newest', () => {
  expect(overall(new Map())).toEqual({ show: 'unavailable' })
  const contacts = withJose(
    ['a', { show: 'dnd', priority: 1 }],
    ['b', { show: 'away' }],
    ['c', { show: 'xa', priority: -5 }],
  )
  expect(overall(contacts.resources(JOSE)).show).toBe('dnd')
  contacts.apply({
    kind: 'presence',
    jid: JOSE,
    resource: 'b',
    presence: aPresence({ show: 'chat', priority: 1 }),
  })
  expect(overall(contacts.resources(JOSE)).show).toBe('chat')
  contacts.apply({
    kind: 'presence',
    jid: JOSE,
    resource: 'a',
    presence: aPresence({ show: 'xa', priority: 1 }),
  })
  expect(overall(contacts.resources(JOSE)).show).toBe('xa')
})

test('[CT5] what somebody holds does not change under them', () => {
  const before = new Map([['phone', aPresence()]])
  withResource(before, 'phone', undefined)
  withResource(before, 'desk', aPresence())
  expect([...before.keys()]).toEqual(['phone'])
})
