import { describe, expect, test } from 'vitest'
import type { Reached } from '../target/reached.ts'
import { visit } from '../target/visit.ts'

/** What people can do with each other through the bridge. */
export function chatSuite(name: string, open?: () => Promise<Reached>): void {
  describe(name, () => {
    const bridge = visit(open)

    test('[CH1] two people join with a password and send each other messages, with time and id', async () => {
      const [sergio, jose] = bridge.people('sergio', 'jose')
      const one = await bridge.connect()
      expect(await one.join(sergio.username, sergio.password, { id: 'j1' })).toMatchObject({
        messageType: 'JOIN_SUCCESS',
        id: 'j1',
        to: sergio.username,
        registered: bridge.hasNewAccounts,
        features: { resume: true },
        // What `shared/settings.ts` says, where nothing else was set.
        limits: { maxContentBytes: 24_576, framesPerSecond: 20, burst: 200 },
      })
      const other = await bridge.signIn(jose)
      const to = jose.username
      one.send({ messageType: 'NEW_MESSAGE', from: to, to, content: 'hello wörld 👋🏽', id: 'm1' })
      const got = await other.waitFor('NEW_MESSAGE')
      expect(got).toMatchObject({ from: sergio.username, to, content: 'hello wörld 👋🏽', id: 'm1' })
      expect(Math.abs(Date.parse(String(got['timestamp'])) - Date.now())).toBeLessThan(60_000)
      other.send({ messageType: 'NEW_MESSAGE', to: sergio.username, content: 'hi' })
      expect(await one.waitFor('NEW_MESSAGE')).toMatchObject({ from: to, content: 'hi' })
    })

    test('[CH2] Basic authentication in the handshake signs in, and the subprotocol is echoed', async () => {
      const [basil] = bridge.people('basil')
      await (await bridge.signIn(basil)).close()
      const auth = `${basil.username}:${basil.password}`
      const user = await bridge.connect({ auth, protocols: ['stanzagate.v1', 'other'] })
      expect(user.protocol).toBe('stanzagate.v1')
      expect(await user.waitFor('JOIN_SUCCESS')).toMatchObject({ to: basil.username, registered: false })
    })

    test('[CH6] two sockets of one user are two sessions that see the same conversation', async () => {
      const [twice, friend] = bridge.people('twice', 'friend')
      const one = await bridge.signIn(twice)
      const two = await bridge.signIn(twice)
      const other = await bridge.signIn(friend)
      const say = (content: string) => other.send({ messageType: 'NEW_MESSAGE', to: twice.username, content })
      say('to both')
      for (const socket of [one, two]) {
        const got = await socket.waitFor('NEW_MESSAGE')
        expect(got).toMatchObject({ from: friend.username, content: 'to both' })
      }
      one.send({ messageType: 'NEW_MESSAGE', to: friend.username, content: 'from one' })
      expect(await two.waitFor('NEW_MESSAGE')).toMatchObject({
        own: true,
        to: friend.username,
        content: 'from one',
      })
      await one.close()
      say('still there?')
      expect(await two.waitFor('NEW_MESSAGE')).toMatchObject({ content: 'still there?' })
      // The session of the closed socket waits for its next one, which shall not be that of another test.
      await bridge.signIn(twice)
    })

    test('[CH7] LEAVE ends the session, says so, and closes the socket with 1000', async () => {
      const web = await bridge.signIn(...bridge.people('leaver'))
      web.send({ messageType: 'LEAVE' })
      expect(await web.waitFor('LEAVE')).toMatchObject({ code: 'left' })
      expect(await web.closed).toMatchObject({ code: 1000 })
    })

    test('[CH8] PING is answered with PONG and its id', async () => {
      const web = await bridge.signIn(...bridge.people('pinger'))
      web.send({ messageType: 'PING', id: 'p1' })
      expect(await web.waitFor('PONG')).toEqual({ messageType: 'PONG', id: 'p1' })
    })

    test('[CH9] an error of the XMPP server comes back with the id of the frame and a code of the list', async () => {
      const web = await bridge.signIn(...bridge.people('erring'))
      web.send({ messageType: 'NEW_MESSAGE', to: 'nobody-of-that-name', content: 'hello?', id: 'e1' })
      expect(await web.waitFor('ERROR')).toMatchObject({ id: 'e1', code: 'recipient-unavailable' })
      web.send({ messageType: 'NEW_MESSAGE', to: 'jose@no-such-server.invalid', content: 'hello?', id: 'e2' })
      const { id, code } = await web.waitFor('ERROR')
      // A server that talks to no other says the first, one that looked for it the second.
      expect({ id, code: ['not-allowed', 'server-not-found'].includes(String(code)) }).toEqual({
        id: 'e2',
        code: true,
      })
    })
  })
}
