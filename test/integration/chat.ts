import { xml } from '@xmpp/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bridge } from '../support/bridge.ts'
import { XmppUser } from '../support/xmpp-user.ts'

/** What people can do with each other through the bridge, on a real XMPP server. */
export function chatSuite(server: 'prosody' | 'ejabberd'): void {
  describe(`chat on ${server}`, () => {
    let bridge: Bridge
    beforeAll(async () => {
      bridge = await Bridge.start({ server, workers: 2 })
    })
    afterAll(() => bridge.stop())

    async function ordinary(username: string): Promise<XmppUser> {
      await XmppUser.register(bridge.xmpp, username, 'ordinary-pass')
      return XmppUser.login(bridge.xmpp, username, 'ordinary-pass')
    }

    test('[CH1] two people join with a password and send each other messages, with time and id', async () => {
      const sergio = await bridge.connect()
      const joined = await sergio.join('sergio', 'sergio-pass', { id: 'j1' })
      expect(joined).toMatchObject({
        messageType: 'JOIN_SUCCESS',
        id: 'j1',
        to: 'sergio',
        registered: true,
        features: { resume: true },
        limits: { maxContentBytes: 24_576, framesPerSecond: 20, burst: 200 },
      })
      const jose = await bridge.signIn('jose')
      sergio.send({
        messageType: 'NEW_MESSAGE',
        from: 'jose',
        to: 'jose',
        content: 'hello wörld 👋🏽',
        id: 'm1',
      })
      const got = await jose.waitFor('NEW_MESSAGE')
      expect(got).toMatchObject({ from: 'sergio', to: 'jose', content: 'hello wörld 👋🏽', id: 'm1' })
      expect(Math.abs(Date.parse(String(got['timestamp'])) - Date.now())).toBeLessThan(60_000)
      jose.send({ messageType: 'NEW_MESSAGE', to: 'sergio', content: 'hi' })
      expect(await sergio.waitFor('NEW_MESSAGE')).toMatchObject({ from: 'jose', content: 'hi' })
    })

    test('[CH2] Basic authentication in the handshake signs in, and the subprotocol is echoed', async () => {
      await (await bridge.signIn('basil')).close()
      const basil = await bridge.connect({ auth: 'basil:basil-pass', protocols: ['stanzagate.v1', 'other'] })
      expect(basil.protocol).toBe('stanzagate.v1')
      expect(await basil.waitFor('JOIN_SUCCESS')).toMatchObject({ to: 'basil', registered: false })
    })

    test('[CH3] a page and an ordinary XMPP client talk to each other, by local name and by JID', async () => {
      const web = await bridge.signIn('webby')
      const other = await ordinary('ordinary1')
      web.send({
        messageType: 'NEW_MESSAGE',
        to: `ordinary1@${bridge.xmpp.domain}`,
        content: 'by JID <&>"\' ]]>',
      })
      const stanza = await other.waitForMessage('by JID <&>"\' ]]>')
      expect(stanza.attrs['from']).toMatch(/^webby@localhost\/stanzagate-/)
      await other.send(stanza.attrs['from'] as string, 'to the full JID')
      await other.send(`webby@${bridge.xmpp.domain}`, 'to the bare JID')
      expect(await web.waitFor('NEW_MESSAGE')).toMatchObject({
        from: 'ordinary1',
        content: 'to the full JID',
      })
      expect(await web.waitFor('NEW_MESSAGE')).toMatchObject({
        from: 'ordinary1',
        content: 'to the bare JID',
      })
      await other.logout()
    })

    test('[CH4] what was sent while nobody was there arrives at the next JOIN, marked and with its time', async () => {
      const before = await bridge.signIn('away')
      before.send({ messageType: 'LEAVE' })
      await before.closed
      const other = await ordinary('ordinary2')
      const sentAfter = Date.now() - 2000
      await other.send(`away@${bridge.xmpp.domain}`, 'while you were away')
      await other.request(
        xml('iq', { type: 'get', to: bridge.xmpp.domain }, xml('ping', { xmlns: 'urn:xmpp:ping' })),
      )
      const away = await bridge.signIn('away')
      const frame = await away.waitFor('NEW_MESSAGE')
      expect(frame).toMatchObject({ from: 'ordinary2', content: 'while you were away', delayed: true })
      expect(Date.parse(String(frame['timestamp']))).toBeGreaterThan(sentAfter)
      await other.logout()
    })

    test('[CH4] a socket that comes back within 30 s finds its session, and what came meanwhile', async () => {
      const before = await bridge.connect()
      const { sessionId } = await before.join('blink', 'blink-pass')
      await before.close()
      const other = await ordinary('ordinary4')
      await other.send(`blink@${bridge.xmpp.domain}`, 'while you blinked')
      await other.request(
        xml('iq', { type: 'get', to: bridge.xmpp.domain }, xml('ping', { xmlns: 'urn:xmpp:ping' })),
      )
      const again = await bridge.connect()
      expect(await again.join('blink', 'blink-pass')).toMatchObject({ sessionId })
      expect(await again.waitFor('NEW_MESSAGE')).toMatchObject({ content: 'while you blinked' })
      await other.logout()
    })

    test('[CH5] what the user sends from another device arrives marked as own', async () => {
      const web = await bridge.signIn('carbon')
      const device = await XmppUser.login(bridge.xmpp, 'carbon', 'carbon-pass')
      const other = await ordinary('ordinary3')
      await device.send(other.bareJid, 'from my phone')
      expect(await web.waitFor('NEW_MESSAGE')).toMatchObject({
        from: 'carbon',
        to: 'ordinary3',
        content: 'from my phone',
        own: true,
      })
      await device.logout()
      await other.logout()
    })

    test('[CH6] two sockets of one user are two sessions that see the same conversation', async () => {
      const one = await bridge.signIn('twice')
      const two = await bridge.signIn('twice')
      const jose = await bridge.signIn('friend6')
      jose.send({ messageType: 'NEW_MESSAGE', to: 'twice', content: 'to both' })
      for (const socket of [one, two]) {
        expect(await socket.waitFor('NEW_MESSAGE')).toMatchObject({ from: 'friend6', content: 'to both' })
      }
      one.send({ messageType: 'NEW_MESSAGE', to: 'friend6', content: 'from one' })
      expect(await two.waitFor('NEW_MESSAGE')).toMatchObject({
        own: true,
        to: 'friend6',
        content: 'from one',
      })
      await one.close()
      jose.send({ messageType: 'NEW_MESSAGE', to: 'twice', content: 'still there?' })
      expect(await two.waitFor('NEW_MESSAGE')).toMatchObject({ content: 'still there?' })
    })

    test('[CH7] LEAVE ends the session, says so, and closes the socket with 1000', async () => {
      const web = await bridge.signIn('leaver')
      web.send({ messageType: 'LEAVE' })
      expect(await web.waitFor('LEAVE')).toMatchObject({ code: 'left' })
      expect(await web.closed).toMatchObject({ code: 1000 })
    })

    test('[CH8] PING is answered with PONG and its id', async () => {
      const web = await bridge.signIn('pinger')
      web.send({ messageType: 'PING', id: 'p1' })
      expect(await web.waitFor('PONG')).toEqual({ messageType: 'PONG', id: 'p1' })
    })

    test('[CH9] an error of the XMPP server comes back with the id of the frame and a code of the list', async () => {
      const web = await bridge.signIn('erring')
      web.send({ messageType: 'NEW_MESSAGE', to: 'nobody-of-that-name', content: 'hello?', id: 'e1' })
      expect(await web.waitFor('ERROR')).toMatchObject({ id: 'e1', code: 'recipient-unavailable' })
      web.send({ messageType: 'NEW_MESSAGE', to: 'jose@no-such-server.invalid', content: 'hello?', id: 'e2' })
      // The servers of the tests talk to no other server.
      expect(await web.waitFor('ERROR')).toMatchObject({ id: 'e2', code: 'not-allowed' })
    })
  })
}
