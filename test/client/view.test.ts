import { expect, test } from 'vitest'
import { Chat } from './support/chat.ts'
import { message } from './support/frames.ts'

function contact(jid: string, more: object = {}) {
  const presence = { show: 'unavailable' }
  return { jid, name: jid, groups: [], subscription: 'both', pending: false, presence, ...more }
}

test('[VW1] a snapshot in parts replaces what was known, sorted by address', async () => {
  const chat = await Chat.online()
  await chat.batch([{ messageType: 'CONTACT', ...contact('old@example.org') }])
  await chat.batch([
    { messageType: 'SNAPSHOT', contacts: [contact('jose@example.org')], requests: [], part: [1, 2] },
  ])
  expect(chat.client.snapshot().contacts.map(({ jid }) => jid)).toEqual(['old@example.org'])
  const more = { contacts: [contact('eva@other.org')], requests: [{ from: 'max' }] }
  await chat.batch([{ messageType: 'SNAPSHOT', ...more, part: [2, 2] }])
  const { contacts, requests } = chat.client.snapshot()
  expect(contacts.map(({ address }) => address)).toEqual(['eva@other.org', 'jose'])
  expect(requests).toEqual([{ from: 'max' }])
})

test('[VW2] presence finds its contact by the name that the wire gives neighbours, and leaves the others alone', async () => {
  const chat = await Chat.online()
  const contacts = [contact('eva@other.org'), contact('jose@example.org')]
  await chat.batch([{ messageType: 'SNAPSHOT', contacts, requests: [] }])
  const [eva] = chat.client.snapshot().contacts
  await chat.batch([{ messageType: 'PRESENCE', from: 'jose', show: 'away', status: 'lunch' }])
  const [same, jose] = chat.client.snapshot().contacts
  expect(same).toBe(eva)
  expect(jose?.presence).toEqual({ show: 'away', status: 'lunch' })
  expect(chat.events('presence')).toEqual([{ from: 'jose', show: 'away', status: 'lunch' }])
})

test('[VW3] a contact comes, changes and goes', async () => {
  const chat = await Chat.online()
  await chat.batch([{ messageType: 'CONTACT', ...contact('jose@example.org') }])
  await chat.batch([{ messageType: 'CONTACT', ...contact('jose@example.org', { name: 'José' }) }])
  expect(chat.client.snapshot().contacts).toMatchObject([{ name: 'José', address: 'jose' }])
  await chat.batch([{ messageType: 'CONTACT', ...contact('jose@example.org'), removed: true }])
  expect(chat.client.snapshot().contacts).toEqual([])
  expect(chat.events('contact').map(({ removed }) => removed)).toEqual([false, false, true])
})

test('[VW4] who writes is shown until 10 s have passed, or the message is there', async () => {
  const chat = await Chat.online()
  const composing = { messageType: 'TYPING', from: 'jose@example.org', state: 'composing' }
  await chat.batch([composing])
  await chat.pass(9000)
  await chat.batch([composing])
  await chat.pass(9000)
  expect(chat.client.snapshot().typing).toEqual(['jose@example.org'])
  await chat.pass(1000)
  expect(chat.client.snapshot().typing).toEqual([])
  await chat.batch([composing, { seq: 1, ...message('done', { mid: 'm1' }) }])
  expect(chat.client.snapshot().typing).toEqual([])
})

test('[VW5] the snapshot is the same object until something changes, and each part of it as well', async () => {
  const chat = await Chat.online()
  const before = chat.client.snapshot()
  let calls = 0
  const stop = chat.client.subscribe(() => void (calls += 1))
  await chat.batch([{ messageType: 'PONG' }])
  expect(chat.client.snapshot()).toBe(before)
  chat.client.send({ to: 'jose', content: 'hello' })
  const after = chat.client.snapshot()
  expect(after).not.toBe(before)
  expect(after.contacts).toBe(before.contacts)
  expect(after.status).toBe(before.status)
  expect(calls).toBeGreaterThan(0)
  stop()
  const seen = calls
  chat.client.send({ to: 'jose', content: 'again' })
  expect(calls).toBe(seen)
})

test('[VW6] a receipt for a message that is not kept any more is told all the same', async () => {
  const chat = await Chat.online()
  await chat.batch([{ seq: 1, messageType: 'STATE', id: 'long-gone', state: 'displayed' }])
  expect(chat.events('state')).toEqual([{ id: 'long-gone', state: 'displayed' }])
})

test('[VW7] with it comes who says so, which only the application can hold against where it went', async () => {
  const chat = await Chat.online()
  await chat.batch([{ seq: 1, messageType: 'STATE', id: 'long-gone', state: 'displayed', from: 'eva' }])
  expect(chat.events('state')).toEqual([{ id: 'long-gone', state: 'displayed', from: 'eva' }])
})

test('[VW8] nobody writes any more when the client is closed, and no timer is left', async () => {
  const chat = await Chat.online()
  const composing = ['jose', 'eva'].map(from => ({ messageType: 'TYPING', from, state: 'composing' }))
  await chat.batch(composing)
  expect(chat.client.snapshot().typing).toEqual(['jose', 'eva'])
  await chat.client.close()
  expect(chat.client.snapshot().typing).toEqual([])
  expect(chat.clock.pending).toBe(0)
})
