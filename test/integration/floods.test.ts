import { xml } from '@xmpp/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bridge } from '../support/bridge.ts'
import { XmppUser } from '../support/xmpp-user.ts'

let bridge: Bridge
beforeAll(async () => {
  bridge = await Bridge.start({ settings: { PUSH_QUEUE_BYTES: '65536' } })
})
afterAll(() => bridge.stop())

test('[FL1] 40 contacts added at once are all on the list', async () => {
  const web = await bridge.signIn('adder')
  for (let number = 0; number < 40; number += 1)
    web.send({ messageType: 'ADD_CONTACT', to: `friend${number}`, id: `a${number}` })
  const count = (type: string) => web.frames.filter(({ messageType }) => messageType === type).length
  await bridge.until(() => count('ADD_CONTACT') === 40, '40 answers')
  web.send({ messageType: 'GET_CONTACTS' })
  expect(await web.waitFor('GET_CONTACTS')).toHaveProperty('contacts.length', 40)
})

test('[FL2] of two JOINs at once on one socket one session is left: each message comes once', async () => {
  const web = await bridge.connect()
  for (const id of ['j1', 'j2'])
    web.send({ messageType: 'JOIN', username: 'twin', password: 'twin-pass', id })
  for (const id of ['j1', 'j2']) await web.waitFor(frame => frame['id'] === id, `an answer to ${id}`)
  await bridge.untilPrinted(/a session has no socket/, 1)
  const other = await bridge.signIn('other')
  const texts = ['once?', 'and once']
  for (const content of texts) other.send({ messageType: 'NEW_MESSAGE', to: 'twin', content })
  for (const text of texts) await web.waitFor(({ content }) => content === text, text)
  web.send({ messageType: 'PING' })
  await web.waitFor('PONG')
  expect(web.frames.filter(({ messageType }) => messageType === 'NEW_MESSAGE').length).toBe(2)
})

test('[FL3] more waits at the server than there is room for: it comes in parts, whole, in order and once', async () => {
  await leave(await bridge.signIn('absent'))
  await XmppUser.register(bridge.xmpp, 'writer', 'writer-pass')
  const writer = await XmppUser.login(bridge.xmpp, 'writer', 'writer-pass')
  const sent = Array.from({ length: 150 }, (_, number) => `${number} ${'x'.repeat(1000)}`)
  for (const body of sent) await writer.send(`absent@${bridge.xmpp.domain}`, body)
  const ping = xml('ping', { xmlns: 'urn:xmpp:ping' })
  await writer.request(xml('iq', { type: 'get', to: bridge.xmpp.domain }, ping))
  const got: unknown[] = []
  for (let joins = 0; joins < 10 && got.length < sent.length; joins += 1) {
    const web = await bridge.signIn('absent')
    web.send({ messageType: 'PING' })
    await web.waitFor(({ messageType }) => messageType === 'PONG' || messageType === 'LEAVE', 'all of it')
    got.push(
      ...web.frames.filter(({ messageType }) => messageType === 'NEW_MESSAGE').map(({ content }) => content),
    )
    await leave(web)
  }
  expect(got).toEqual(sent)
  await writer.logout()
})

/** Signs out, and waits until the session is over as well: then the user is absent. */
async function leave(web: Awaited<ReturnType<Bridge['connect']>>): Promise<void> {
  const joined = web.frames.find(({ messageType }) => messageType === 'JOIN_SUCCESS')
  web.send({ messageType: 'LEAVE' })
  await bridge.untilPrinted(new RegExp(`"sessionId":"${String(joined?.['sessionId'])}".*a session ends`), 1)
}
