import { expect, test } from 'vitest'
import type { SequencedUser } from '../support/sequenced-user.ts'
import { JoinRefused, type Frame } from '../support/web-user.ts'
import { visit } from '../target/visit.ts'

const bridge = visit()

/** Two sequenced users, each in a new session. */
async function pair(): Promise<[SequencedUser, SequencedUser]> {
  const [ana, eva] = bridge.people('ana', 'eva')
  return Promise.all([bridge.signInSequenced(ana), bridge.signInSequenced(eva)])
}

function textsOf(user: SequencedUser): readonly unknown[] {
  return user.log.filter(frame => frame.messageType === 'NEW_MESSAGE').map(frame => frame['content'])
}

function message(to: SequencedUser, content: string): Frame {
  return { messageType: 'NEW_MESSAGE', to: to.username, content }
}

test('[SQ1] what is sent is acknowledged by the XMPP server, and arrives once and in order', async () => {
  const [ana, eva] = await pair()
  const texts = Array.from({ length: 20 }, (_, at) => `text ${at}`)
  const sent = ana.sendAll(texts.map(text => message(eva, text)))
  await Promise.all(sent.map(each => each.acked))
  await eva.waitFor(frame => frame['content'] === texts.at(-1))
  expect(textsOf(eva)).toEqual(texts)
  expect(ana.waiting).toBe(0)
})

test('[SQ2] the token goes on with the session at another socket: what came meanwhile follows, nothing comes twice', async () => {
  const [ana, eva] = await pair()
  await ana.say(eva.username, 'before')
  await eva.waitFor(frame => frame['content'] === 'before')
  const before = eva.sessionId
  eva.socket.terminate()
  for (const text of ['one', 'two', 'three']) await ana.say(eva.username, text)
  expect(await eva.resume()).toMatchObject({ sessionId: before, sequence: { resumed: true } })
  await eva.waitFor(frame => frame['content'] === 'three')
  await ana.say(eva.username, 'after')
  await eva.waitFor(frame => frame['content'] === 'after')
  expect(textsOf(eva)).toEqual(['before', 'one', 'two', 'three', 'after'])
})

test('[SQ3] what was not acknowledged is there again at the next socket, and applied once', async () => {
  const [ana, eva] = await pair()
  eva.acknowledging = false
  await ana.say(eva.username, 'once')
  await eva.waitFor(frame => frame['content'] === 'once')
  eva.acknowledging = true
  await eva.reconnect()
  await ana.say(eva.username, 'then')
  await eva.waitFor(frame => frame['content'] === 'then')
  expect(textsOf(eva)).toEqual(['once', 'then'])
})

test('[SQ4] a second socket with the token takes over; the first is told so and closed', async () => {
  const [ana, eva] = await pair()
  const [old] = eva.sockets
  await eva.resume()
  await eva.waitFor(frame => frame.messageType === 'LEAVE' && frame['code'] === 'moved')
  expect(await old?.closed).toMatchObject({ code: 1000 })
  await ana.say(eva.username, 'here')
  await eva.waitFor(frame => frame['content'] === 'here')
  await eva.say(ana.username, 'and back')
  await ana.waitFor(frame => frame['content'] === 'and back')
})

test('[SQ5] a wrong token is FORBIDDEN for that socket, and the session goes on', async () => {
  const [ana, eva] = await pair()
  const { token } = eva
  eva.token = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
  await expect(eva.resume()).rejects.toThrow(JoinRefused)
  expect(eva.received.at(-1)).toMatchObject({ messageType: 'FORBIDDEN', code: 'token-expired' })
  eva.token = token
  await eva.resume()
  await ana.say(eva.username, 'still here')
  await eva.waitFor(frame => frame['content'] === 'still here')
})

test('[SQ6] LEAVE ends the session, and its token with it', async () => {
  const [, eva] = await pair()
  eva.tell({ messageType: 'LEAVE' })
  await eva.waitFor(frame => frame.messageType === 'LEAVE' && frame['code'] === 'left')
  await expect(eva.resume()).rejects.toThrow(JoinRefused)
  expect(eva.received.at(-1)).toMatchObject({ messageType: 'FORBIDDEN', code: 'token-expired' })
})

test('[SQ7] a frame that comes again is acknowledged and not sent again; another under its number is refused', async () => {
  const [ana, eva] = await pair()
  const id = await ana.say(eva.username, 'one')
  ana.tell({ ...message(eva, 'one'), id, seq: 1 }, { ...message(eva, 'other'), id: 'other', seq: 1 })
  expect(await ana.waitFor(frame => frame['id'] === 'other')).toMatchObject({ code: 'seq-conflict' })
  await ana.say(eva.username, 'two')
  await eva.waitFor(frame => frame['content'] === 'two')
  expect(textsOf(eva)).toEqual(['one', 'two'])
})

test('[SQ8] frames that overtake each other on the way are put in order', async () => {
  const [ana, eva] = await pair()
  const [first, second] = [message(eva, 'one'), message(eva, 'two')]
  ana.tell({ ...second, id: 'm2', seq: 2 })
  ana.tell({ ...first, id: 'm1', seq: 1 })
  await eva.waitFor(frame => frame['content'] === 'two')
  expect(textsOf(eva)).toEqual(['one', 'two'])
})

test('[SQ9] a bad frame takes its own number only', async () => {
  const [ana, eva] = await pair()
  ana.tell(
    { messageType: 'NEW_MESSAGE', id: 'bad', seq: 1, to: eva.username },
    { ...message(eva, 'good'), id: 'm2', seq: 2 },
  )
  expect(await ana.waitFor(frame => frame['id'] === 'bad')).toMatchObject({ code: 'bad-frame' })
  await eva.waitFor(frame => frame['content'] === 'good')
})
