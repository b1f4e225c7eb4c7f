import { xml } from '@xmpp/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bridge } from '../support/bridge.ts'
import { XmppUser } from '../support/xmpp-user.ts'

/** Contacts, subscriptions and presence, on a real XMPP server. */
export function contactsSuite(server: 'prosody' | 'ejabberd'): void {
  describe(`contacts on ${server}`, () => {
    let bridge: Bridge
    beforeAll(async () => {
      bridge = await Bridge.start({ server })
    })
    afterAll(() => bridge.stop())

    test('[CO1] a request is shown, approved, and both see each other come and go', async () => {
      const ana = await bridge.signIn('ana')
      const ben = await bridge.signIn('ben')
      ana.send({ messageType: 'ADD_CONTACT', to: 'ben', id: 'a1', name: 'Benjamin', groups: ['Friends'] })
      expect(await ana.waitFor('ADD_CONTACT')).toMatchObject({ id: 'a1', to: 'ben' })
      expect(await ben.waitFor('SUBSCRIPTION')).toMatchObject({ from: 'ana' })
      ben.send({ messageType: 'SUBSCRIPTION', to: 'ana', answer: 'approve', id: 's1' })
      await ana.waitFor(
        frame => frame.messageType === 'CONTACT' && frame['subscription'] === 'to',
        'CONTACT with subscription "to"',
      )
      expect(await ana.waitFor('PRESENCE')).toMatchObject({ from: 'ben', show: 'available' })

      ben.send({ messageType: 'PRESENCE', show: 'dnd', status: 'in a meeting' })
      expect(await ana.waitFor('PRESENCE')).toMatchObject({
        from: 'ben',
        show: 'dnd',
        status: 'in a meeting',
      })

      ana.send({ messageType: 'GET_CONTACTS', id: 'g1' })
      expect(await ana.waitFor('GET_CONTACTS')).toEqual({
        messageType: 'GET_CONTACTS',
        id: 'g1',
        content: '["ben"]',
        contacts: [
          {
            jid: 'ben@localhost',
            name: 'Benjamin',
            groups: ['Friends'],
            subscription: 'to',
            pending: false,
            presence: { show: 'dnd', status: 'in a meeting' },
          },
        ],
      })
      ben.send({ messageType: 'LEAVE' })
      expect(await ana.waitFor('PRESENCE')).toMatchObject({ from: 'ben', show: 'unavailable' })
    })

    test('[CO2] a refused request leaves the contact without a subscription', async () => {
      const cleo = await bridge.signIn('cleo')
      const dan = await bridge.signIn('dan')
      cleo.send({ messageType: 'ADD_CONTACT', to: 'dan' })
      await dan.waitFor('SUBSCRIPTION')
      await cleo.waitFor(
        frame => frame.messageType === 'CONTACT' && frame['pending'] === true,
        'a pending CONTACT',
      )
      dan.send({ messageType: 'SUBSCRIPTION', to: 'cleo', answer: 'refuse' })
      const after = await cleo.waitFor(
        frame => frame.messageType === 'CONTACT' && frame['pending'] === false && frame !== cleo.frames[0],
        'CONTACT that is not pending any more',
      )
      expect(after).toMatchObject({ jid: 'dan@localhost', subscription: 'none' })
    })

    test('[CO3] UNSUBSCRIBE takes the contact off the roster', async () => {
      const eve = await bridge.signIn('eve')
      await bridge.signIn('fred')
      eve.send({ messageType: 'ADD_CONTACT', to: 'fred' })
      await eve.waitFor('ADD_CONTACT')
      eve.send({ messageType: 'UNSUBSCRIBE', to: 'fred', id: 'u1' })
      expect(await eve.waitFor('UNSUBSCRIBE')).toMatchObject({ id: 'u1', to: 'fred' })
      await eve.waitFor(frame => frame['removed'] === true, 'CONTACT removed')
      eve.send({ messageType: 'GET_CONTACTS' })
      expect(await eve.waitFor('GET_CONTACTS')).toMatchObject({ content: '[]', contacts: [] })
    })

    test('[CO4] a request from an ordinary XMPP client that came while away is shown at the next JOIN', async () => {
      await (await bridge.signIn('gina')).close()
      await XmppUser.register(bridge.xmpp, 'hugo', 'hugo-pass')
      const hugo = await XmppUser.login(bridge.xmpp, 'hugo', 'hugo-pass')
      // RFC 6121 2.1.6: only a resource that asked for the roster is told about subscriptions.
      await hugo.requestRoster()
      await hugo.sendPresence({ type: 'subscribe', to: 'gina@localhost' })
      const gina = await bridge.signIn('gina')
      expect(await gina.waitFor('SUBSCRIPTION')).toMatchObject({ from: 'hugo' })
      gina.send({ messageType: 'SUBSCRIPTION', to: 'hugo', answer: 'approve' })
      await hugo.waitFor(
        stanza => stanza.is('presence') && stanza.attrs['type'] === 'subscribed',
        'subscribed',
      )
      await hugo.waitFor(
        stanza =>
          stanza.is('presence') &&
          stanza.attrs['type'] === undefined &&
          String(stanza.attrs['from']).startsWith('gina@localhost/'),
        'the presence of gina',
      )
      await hugo.logout()
    })

    test('[CO5] a stranger gets no answer out of disco#info, a subscribed contact does', async () => {
      await XmppUser.register(bridge.xmpp, 'ida', 'ida-pass')
      const ida = await XmppUser.login(bridge.xmpp, 'ida', 'ida-pass')
      const joined = await (await bridge.connect()).join('jack', 'jack-pass')
      const ask = () =>
        ida.request(
          xml(
            'iq',
            { type: 'get', to: String(joined['jid']) },
            xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }),
          ),
        )
      await expect(ask()).rejects.toMatchObject({ condition: 'service-unavailable' })
      await ida.logout()
    })
  })
}
