import { xml } from '@xmpp/client'
import { describe, expect, test } from 'vitest'
import type { Reached } from '../target/reached.ts'
import { visit } from '../target/visit.ts'

/** Contacts, subscriptions and presence, on a real XMPP server. */
export function contactsSuite(name: string, open?: () => Promise<Reached>): void {
  describe(name, () => {
    const bridge = visit(open)

    test('[CO1] a request is shown, approved, and both see each other come and go', async () => {
      const [ana, ben] = bridge.people('ana', 'ben')
      const asking = await bridge.signIn(ana)
      const asked = await bridge.signIn(ben)
      const to = ben.username
      asking.send({ messageType: 'ADD_CONTACT', to, id: 'a1', name: 'Benjamin', groups: ['Friends'] })
      expect(await asking.waitFor('ADD_CONTACT')).toMatchObject({ id: 'a1', to })
      expect(await asked.waitFor('SUBSCRIPTION')).toMatchObject({ from: ana.username })
      asked.send({ messageType: 'SUBSCRIPTION', to: ana.username, answer: 'approve', id: 's1' })
      await asking.waitFor(
        frame => frame.messageType === 'CONTACT' && frame['subscription'] === 'to',
        'CONTACT with subscription "to"',
      )
      expect(await asking.waitFor('PRESENCE')).toMatchObject({ from: to, show: 'available' })

      const presence = { show: 'dnd', status: 'in a meeting' }
      asked.send({ messageType: 'PRESENCE', ...presence })
      expect(await asking.waitFor('PRESENCE')).toMatchObject({ from: to, ...presence })

      asking.send({ messageType: 'GET_CONTACTS', id: 'g1' })
      expect(await asking.waitFor('GET_CONTACTS')).toEqual({
        messageType: 'GET_CONTACTS',
        id: 'g1',
        content: JSON.stringify([to]),
        contacts: [
          {
            jid: bridge.jidOf(ben),
            name: 'Benjamin',
            groups: ['Friends'],
            subscription: 'to',
            pending: false,
            presence,
          },
        ],
      })
      asked.send({ messageType: 'LEAVE' })
      expect(await asking.waitFor('PRESENCE')).toMatchObject({ from: to, show: 'unavailable' })
    })

    test('[CO2] a refused request leaves the contact without a subscription', async () => {
      const [cleo, dan] = bridge.people('cleo', 'dan')
      const asking = await bridge.signIn(cleo)
      const asked = await bridge.signIn(dan)
      asking.send({ messageType: 'ADD_CONTACT', to: dan.username })
      await asked.waitFor('SUBSCRIPTION')
      await asking.waitFor(
        frame => frame.messageType === 'CONTACT' && frame['pending'] === true,
        'a pending CONTACT',
      )
      asked.send({ messageType: 'SUBSCRIPTION', to: cleo.username, answer: 'refuse' })
      const after = await asking.waitFor(
        frame => frame.messageType === 'CONTACT' && frame['pending'] === false && frame !== asking.frames[0],
        'CONTACT that is not pending any more',
      )
      expect(after).toMatchObject({ jid: bridge.jidOf(dan), subscription: 'none' })
    })

    test('[CO3] UNSUBSCRIBE takes the contact off the roster', async () => {
      const [eve, fred] = bridge.people('eve', 'fred')
      const web = await bridge.signIn(eve)
      await bridge.signIn(fred)
      const to = fred.username
      web.send({ messageType: 'ADD_CONTACT', to })
      await web.waitFor('ADD_CONTACT')
      web.send({ messageType: 'UNSUBSCRIBE', to, id: 'u1' })
      expect(await web.waitFor('UNSUBSCRIBE')).toMatchObject({ id: 'u1', to })
      await web.waitFor(frame => frame['removed'] === true, 'CONTACT removed')
      web.send({ messageType: 'GET_CONTACTS' })
      expect(await web.waitFor('GET_CONTACTS')).toMatchObject({ content: '[]', contacts: [] })
    })

    test('[CO4] a request from an ordinary XMPP client that came while away is shown at the next JOIN', async () => {
      const [gina, hugo] = bridge.people('gina', 'hugo')
      await (await bridge.signIn(gina)).close()
      const other = await bridge.ordinary(hugo)
      // RFC 6121 2.1.6: only a resource that asked for the roster is told about subscriptions.
      await other.requestRoster()
      await other.sendPresence({ type: 'subscribe', to: bridge.jidOf(gina) })
      const web = await bridge.signIn(gina)
      expect(await web.waitFor('SUBSCRIPTION')).toMatchObject({ from: hugo.username })
      web.send({ messageType: 'SUBSCRIPTION', to: hugo.username, answer: 'approve' })
      await other.waitFor(
        stanza => stanza.is('presence') && stanza.attrs['type'] === 'subscribed',
        'subscribed',
      )
      await other.waitFor(
        stanza =>
          stanza.is('presence') &&
          stanza.attrs['type'] === undefined &&
          String(stanza.attrs['from']).startsWith(`${bridge.jidOf(gina)}/`),
        'the presence of gina',
      )
    })

    test('[CO5] a stranger gets no answer out of disco#info, a subscribed contact does', async () => {
      const [ida, jack] = bridge.people('ida', 'jack')
      const other = await bridge.ordinary(ida)
      const web = await bridge.connect()
      const joined = await web.join(jack.username, jack.password)
      const ask = () =>
        other.request(
          xml(
            'iq',
            { type: 'get', to: String(joined['jid']) },
            xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }),
          ),
        )
      await expect(ask()).rejects.toMatchObject({ condition: 'service-unavailable' })

      // RFC 6121 2.1.6: only a resource that asked for the roster is told about subscriptions.
      await other.requestRoster()
      await other.sendPresence({ type: 'subscribe', to: bridge.jidOf(jack) })
      expect(await web.waitFor('SUBSCRIPTION')).toMatchObject({ from: ida.username })
      web.send({ messageType: 'SUBSCRIPTION', to: ida.username, answer: 'approve' })
      await web.waitFor(
        frame => frame.messageType === 'CONTACT' && frame['subscription'] === 'from',
        'CONTACT with subscription "from"',
      )
      const answer = await ask()
      expect(answer.getChild('query', 'http://jabber.org/protocol/disco#info')).toBeDefined()
    })
  })
}
