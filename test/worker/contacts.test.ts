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
  contacts.apply({ kind: 'presence', jid: JOSE, resource: 'phone', presence: undefined })
  expect(shows(contacts)).toEqual(['desk available'])
  contacts.apply({ kind: 'all-unavailable' })
  expect(shows(contacts)).toEqual([])
})

test('[CT2] presence of strangers is not kept, nor that of one who left the roster', () => {
  const contacts = withJose(['phone', {}])
  contacts.apply({ kind: 'presence', jid: 'eve@example.org', resource: 'x', presence: aPresence() })
  expect(contacts.resources('eve@example.org').size).toBe(0)
  contacts.apply({ kind: 'presence', jid: 'eve@example.org', resource: 'x', presence: undefined })
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

const turn = (resource: string, presence: Partial<Presence> | undefined) =>
  ({ jid: JOSE, resource, presence: presence && aPresence(presence) }) as const

test('[CT6] after a take-over who may be seen is unknown until something is heard', () => {
  const contacts = withJose()
  contacts.apply({ kind: 'item', item: anItem({ jid: 'unseen@example.org', subscription: 'from' }) })
  contacts.apply({ kind: 'recalled', seen: [] })
  expect(contacts.presence(JOSE)).toEqual({ show: 'unknown' })
  expect(contacts.presence('unseen@example.org')).toEqual({ show: 'unavailable' })
  contacts.apply({ kind: 'presence', ...turn('', undefined) })
  expect(contacts.presence(JOSE)).toEqual({ show: 'unavailable' })
})

test('[CT6] what the process before had seen counts, and what was heard since counts for more', () => {
  const contacts = new Contacts()
  contacts.apply({ kind: 'presence', ...turn('phone', undefined) })
  contacts.apply({ kind: 'presence', ...turn('desk', { show: 'dnd' }) })
  const seen = [turn('phone', { show: 'chat' }), turn('desk', { show: 'away' }), turn('pad', { show: 'xa' })]
  contacts.apply({ kind: 'recalled', seen })
  contacts.apply({ kind: 'roster', items: [anItem({ jid: JOSE })] })
  expect(shows(contacts)).toEqual(['desk dnd', 'pad xa'])
})

test('[CT6] a contact of whom all was heard as gone is not called back', () => {
  const contacts = new Contacts()
  contacts.apply({ kind: 'presence', ...turn('', undefined) })
  contacts.apply({ kind: 'recalled', seen: [turn('phone', {})] })
  contacts.apply({ kind: 'roster', items: [anItem({ jid: JOSE })] })
  expect(contacts.presence(JOSE)).toEqual({ show: 'unavailable' })
})

/** Somebody with an address, resource, name, group and status of the greatest length. */
const longest = (number: number) => `u${number}@${'x.'.repeat(500)}example`
const LONG = 'l'.repeat(1000)
const here = (jid: string, presence = aPresence({ status: LONG })) =>
  ({ kind: 'presence', jid, resource: LONG, presence }) as const

/** How many of so many numbers are such. */
const count = (of: number, isSuch: (number: number) => boolean) =>
  Array.from({ length: of }, (_, number) => number).filter(isSuch).length

test('[CT7] what comes before the roster is kept for contacts alone, and a flood of it has an end', () => {
  const contacts = new Contacts()
  for (let number = 0; number < 3000; number += 1) contacts.apply(here(longest(number)))
  const kept = count(3000, number => contacts.resources(longest(number)).size > 0)
  expect(kept).toBeGreaterThan(500)
  expect(kept).toBeLessThan(1000)
  contacts.apply({ kind: 'roster', items: [anItem({ jid: longest(1) })] })
  expect(count(3000, number => contacts.resources(longest(number)).size > 0)).toBe(1)
  // What the strangers took is free again.
  contacts.apply({ kind: 'item', item: anItem({ jid: longest(2999) }) })
  contacts.apply(here(longest(2999)))
  expect(contacts.presence(longest(2999))).toMatchObject({ status: LONG })
})

test('[CT9] ten thousand contacts as people have them fit, with two devices and a word each', () => {
  const contacts = new Contacts()
  const jids = Array.from({ length: 10_000 }, (_, number) => `person.number.${number}@example.org`)
  const items = jids.map(jid => anItem({ jid, name: 'Somebody With a Name', groups: ['Friends'] }))
  contacts.apply({ kind: 'roster', items })
  expect([...contacts.items()]).toHaveLength(10_000)
  for (const jid of jids.slice(0, 5000))
    for (const resource of ['phone', 'desk'])
      contacts.apply({ kind: 'presence', jid, resource, presence: aPresence({ status: 'in a meeting' }) })
  expect(contacts.resources(jids[4999] ?? '').get('desk')?.status).toBe('in a meeting')
})

test('[CT10] a roster has an end: who does not fit is a stranger, until somebody else goes', () => {
  const contacts = new Contacts()
  const groups = Array.from({ length: 32 }, () => LONG)
  const item = (number: number) => anItem({ jid: longest(number), groups })
  contacts.apply({ kind: 'roster', items: [] })
  for (let number = 0; number < 100; number += 1) contacts.apply({ kind: 'item', item: item(number) })
  const kept = [...contacts.items()].length
  expect(kept).toBeGreaterThan(50)
  expect(kept).toBeLessThan(70)
  contacts.apply(here(longest(99)))
  expect(contacts.resources(longest(99)).size).toBe(0)
  contacts.apply({ kind: 'removed', jid: longest(0) })
  contacts.apply({ kind: 'item', item: item(99) })
  expect(contacts.item(longest(99))).toBeDefined()
})

test('[CT11] a change that makes a contact too large takes it away, rather than showing what it was', () => {
  const contacts = new Contacts()
  const items = Array.from({ length: 2000 }, (_, number) => anItem({ jid: longest(number) }))
  contacts.apply({ kind: 'roster', items: [...items, anItem({ jid: JOSE })] })
  expect([...contacts.items()].length).toBeLessThan(2001)
  contacts.apply({ kind: 'removed', jid: longest(0) })
  contacts.apply({ kind: 'item', item: anItem({ jid: JOSE }) })
  contacts.apply({ kind: 'item', item: anItem({ jid: JOSE, groups: [LONG, LONG, LONG] }) })
  expect(contacts.item(JOSE)).toBeUndefined()
})

test('[CT12] presence of contacts has an end: first without the status, then without the resource', () => {
  const contacts = new Contacts()
  const jids = Array.from({ length: 1000 }, (_, number) => `u${number}@x.example`)
  contacts.apply({ kind: 'roster', items: jids.map(jid => anItem({ jid })) })
  const turns = jids.flatMap(jid =>
    Array.from({ length: 4 }, (_, device) => ({ ...here(jid), resource: `${device}${LONG}` })),
  )
  for (const each of turns) {
    const announced = contacts.resourcesAfter(each)
    contacts.apply(each)
    // What the client is told is what is kept, or it would be told again and again.
    expect(contacts.resources(each.jid)).toEqual(announced)
  }
  const all = jids.flatMap(jid => [...contacts.resources(jid).values()])
  expect(all.length).toBeLessThan(1500)
  expect(all.some(({ status }) => status === LONG)).toBe(true)
  expect(all.some(({ status }) => status === undefined)).toBe(true)
  // Who leaves makes room.
  const last = jids.at(-1) ?? ''
  expect(contacts.presence(last)).toEqual({ show: 'unavailable' })
  for (const jid of jids.slice(0, 10))
    contacts.apply({ kind: 'presence', jid, resource: '', presence: undefined })
  contacts.apply(here(last))
  expect(contacts.presence(last)).toMatchObject({ status: LONG })
})

const asked = (contacts: Contacts) => [...contacts.requests()].map(({ jid }) => jid)

test('[CT8] a request to see the presence is open until it is answered here or on another device', () => {
  const contacts = new Contacts()
  for (const jid of [JOSE, 'ana@b.example', 'eve@b.example'])
    contacts.apply({ kind: 'asked', jid, status: undefined })
  contacts.apply({ kind: 'asked', jid: JOSE, status: 'please' })
  expect([...contacts.requests()].at(-1)).toEqual({ jid: JOSE, status: 'please' })
  contacts.apply({ kind: 'answered', jid: 'eve@b.example' })
  contacts.apply({ kind: 'item', item: anItem({ jid: JOSE, subscription: 'to' }) })
  expect(asked(contacts)).toEqual(['ana@b.example', JOSE])
  contacts.apply({ kind: 'item', item: anItem({ jid: JOSE, subscription: 'both' }) })
  expect(asked(contacts)).toEqual(['ana@b.example'])
})

test('[CT8] a new stream brings open requests again; of a flood the newest 256 stay', () => {
  const contacts = new Contacts()
  for (let number = 0; number < 300; number += 1)
    contacts.apply({ kind: 'asked', jid: `u${number}@x.example`, status: undefined })
  expect([asked(contacts).length, asked(contacts)[0]]).toEqual([256, 'u44@x.example'])
  contacts.apply({ kind: 'all-unavailable' })
  expect(asked(contacts)).toEqual([])
})
