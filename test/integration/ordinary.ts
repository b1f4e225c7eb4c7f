import { xml } from '@xmpp/client'
import { describe, expect, test } from 'vitest'
import type { Reached } from '../target/reached.ts'
import { visit } from '../target/visit.ts'

/** What people at the bridge and people with ordinary XMPP clients can do with each other. */
export function ordinarySuite(name: string, open?: () => Promise<Reached>): void {
  describe(name, () => {
    const bridge = visit(open)

    const ping = () => xml('iq', { type: 'get', to: bridge.domain }, xml('ping', { xmlns: 'urn:xmpp:ping' }))

    test('[CH3] a page and an ordinary XMPP client talk to each other, by local name and by JID', async () => {
      const [webby, otto] = bridge.people('webby', 'otto')
      const web = await bridge.signIn(webby)
      const other = await bridge.ordinary(otto)
      web.send({ messageType: 'NEW_MESSAGE', to: bridge.jidOf(otto), content: 'by JID <&>"\' ]]>' })
      const stanza = await other.waitForMessage('by JID <&>"\' ]]>')
      const from = String(stanza.attrs['from'])
      expect(from.split('/stanzagate-')).toEqual([bridge.jidOf(webby), expect.any(String)])
      await other.send(from, 'to the full JID')
      await other.send(bridge.jidOf(webby), 'to the bare JID')
      for (const content of ['to the full JID', 'to the bare JID'])
        expect(await web.waitFor('NEW_MESSAGE')).toMatchObject({ from: otto.username, content })
    })

    test('[CH4] what was sent while nobody was there arrives at the next JOIN, marked and with its time', async () => {
      const [away, otto] = bridge.people('away', 'otto')
      const before = await bridge.signIn(away)
      before.send({ messageType: 'LEAVE' })
      await before.closed
      const other = await bridge.ordinary(otto)
      const sentAfter = Date.now() - 2000
      await other.send(bridge.jidOf(away), 'while you were away')
      await other.request(ping())
      const frame = await (await bridge.signIn(away)).waitFor('NEW_MESSAGE')
      expect(frame).toMatchObject({ from: otto.username, content: 'while you were away', delayed: true })
      expect(Date.parse(String(frame['timestamp']))).toBeGreaterThan(sentAfter)
    })

    test('[CH4] a socket that comes back within 30 s finds its session, and what came meanwhile', async () => {
      const [blink, otto] = bridge.people('blink', 'otto')
      const before = await bridge.connect()
      const { sessionId } = await before.join(blink.username, blink.password)
      await before.close()
      const other = await bridge.ordinary(otto)
      await other.send(bridge.jidOf(blink), 'while you blinked')
      await other.request(ping())
      const again = await bridge.connect()
      expect(await again.join(blink.username, blink.password)).toMatchObject({ sessionId })
      expect(await again.waitFor('NEW_MESSAGE')).toMatchObject({ content: 'while you blinked' })
    })

    test('[CH5] what the user sends from another device arrives marked as own', async () => {
      const [carbon, otto] = bridge.people('carbon', 'otto')
      const web = await bridge.signIn(carbon)
      const device = await bridge.device(carbon)
      const other = await bridge.ordinary(otto)
      await device.send(other.bareJid, 'from my phone')
      expect(await web.waitFor('NEW_MESSAGE')).toMatchObject({
        from: carbon.username,
        to: otto.username,
        content: 'from my phone',
        own: true,
      })
    })
  })
}
