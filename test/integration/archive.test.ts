import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import xml from '@xmpp/xml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProsody } from '../../local/prosody.ts'
import type { GetHistory, History } from '../../shared/wire/frames/history.ts'
import type { Server } from '../support/cast.ts'
import { ejabberdAvailable, startEjabberd } from '../support/ejabberd.ts'
import { Talker } from '../support/talker.ts'
import { XmppUser } from '../support/xmpp-user.ts'

/** Where real servers differ. */
const servers = [
  { name: 'Prosody', start: startProsody, skip: false, clientStateSafe: true, knowsItsIds: true },
  {
    name: 'ejabberd',
    start: startEjabberd,
    skip: !ejabberdAvailable().available,
    clientStateSafe: false,
    // Its archive ids are times, and any time is somewhere.
    knowsItsIds: false,
  },
] as const

let asked = 0
async function page(talker: Talker, query: Partial<GetHistory>): Promise<History> {
  const id = `h${(asked += 1)}`
  talker.conversation.onFrame({ messageType: 'HISTORY', id, ...query }, false)
  return talker.next('HISTORY', frame => frame.id === id)
}
const texts = ({ items }: History) => items.map(({ content }) => content)
const message = (id: string, seq: number) =>
  ({ messageType: 'NEW_MESSAGE', id, to: 'contact', content: id, seq }) as const

for (const server of servers) {
  describe.skipIf(server.skip)(`the archive and what became of messages, on ${server.name}`, () => {
    let dataDir: string
    let running: Server
    let contact: XmppUser
    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'stanzagate-archive-'))
      running = await server.start({ dataDir })
      await XmppUser.register(running, 'contact', 'contact-pass')
      contact = await XmppUser.login(running, 'contact', 'contact-pass')
    })
    afterAll(async () => {
      await contact.logout()
      await running.stop()
      await rm(dataDir, { recursive: true })
    })

    /** A user with m1 to m5 in its archive, of which it wrote m2 and m4. */
    async function withPast(): Promise<Talker> {
      const talker = await Talker.enter(running)
      const to = `${talker.username}@${running.domain}`
      for (const [index, id] of ['m1', 'm2', 'm3', 'm4', 'm5'].entries()) {
        if (index % 2 === 0) {
          await contact.send(to, id)
          await talker.next('NEW_MESSAGE', frame => frame.content === id)
        } else {
          talker.conversation.onFrame(message(id, index), false)
          await talker.settled(index)
          await contact.waitForMessage(id, to)
        }
      }
      return talker
    }

    test('[AR1] the server says that it has an archive, and whether it keeps the order for one who is inactive', async () => {
      const talker = await Talker.enter(running)
      expect(talker.features).toEqual({ archive: true, clientStateSafe: server.clientStateSafe })
      await talker.leave()
    })

    test('[AR2] HISTORY goes through the archive page by page, both ways', async () => {
      const talker = await withPast()
      const newest = await page(talker, { max: 2 })
      expect([texts(newest), newest.complete]).toEqual([['m4', 'm5'], false])
      const older = await page(talker, { max: 2, before: newest.first })
      expect([texts(older), older.complete]).toEqual([['m2', 'm3'], false])
      const oldest = await page(talker, { max: 2, before: older.first, with: 'contact' })
      expect([texts(oldest), oldest.complete]).toEqual([['m1'], true])
      const onwards = await page(talker, { after: oldest.last })
      expect([texts(onwards), onwards.complete]).toEqual([['m2', 'm3', 'm4', 'm5'], true])
      expect(onwards.items.map(({ own, from }) => own ?? from)).toEqual([true, 'contact', true, 'contact'])
      expect(await page(talker, { with: 'nobody' })).toMatchObject({ items: [], complete: true })
      await talker.leave()
    })

    test('[AR2] a message has the same archive id live and in the archive', async () => {
      const talker = await withPast()
      const live = talker.told.filter(frame => frame.messageType === 'NEW_MESSAGE')
      const { items } = await page(talker, {})
      for (const { content, mid } of live) expect(items.find(item => item.content === content)?.mid).toBe(mid)
      await talker.leave()
    })

    test.skipIf(!server.knowsItsIds)('[AR3] a page from a message that is not there is refused', async () => {
      const talker = await withPast()
      for (const query of [{ after: 'no-such-message' }, { before: 'no-such-message' }]) {
        talker.conversation.onFrame({ messageType: 'HISTORY', id: 'h', ...query }, false)
        expect(await talker.next('ERROR')).toMatchObject({ id: 'h', code: 'not-in-archive' })
      }
      await talker.leave()
    })

    test('[AR4] of messages that may have been sent, those in the archive are not sent again and the rest is', async () => {
      const before = await withPast()
      await before.leave()
      const talker = await Talker.enter(running, before.username)
      const from = `${talker.username}@${running.domain}`
      talker.conversation.onFrame(message('m2', 1), true)
      talker.conversation.onFrame(message('m4', 2), true)
      talker.conversation.onFrame(message('m6', 3), true)
      talker.conversation.onFrame(message('m7', 4), false)
      for (const seq of [1, 2, 3, 4]) await talker.settled(seq)
      await contact.waitForMessage('m7', from)
      const got = contact.received.filter(stanza => String(stanza.attrs['from']).startsWith(from))
      expect(got.map(stanza => stanza.getChildText('body')).filter(Boolean)).toEqual(['m2', 'm4', 'm6', 'm7'])
      expect(talker.told.filter(frame => frame.messageType === 'STATE')).toEqual([])
      await talker.leave()
    })

    test('[AR4] in an archive that keeps nothing a message that may have been sent stays unsure', async () => {
      const talker = await Talker.enter(running)
      const user = await XmppUser.login(running, talker.username, 'pass')
      const lists = [xml('always', {}), xml('never', {})]
      const rules = xml('prefs', { xmlns: 'urn:xmpp:mam:2', default: 'never' }, ...lists)
      await user.request(xml('iq', { type: 'set' }, rules))
      talker.conversation.onFrame(message('m1', 1), true)
      expect(await talker.next('STATE')).toMatchObject({ id: 'm1', state: 'unsure' })
      await user.logout()
      await talker.leave()
    })

    test('[AR5] a receipt, a marker and typing come from and go to an ordinary client', async () => {
      const talker = await Talker.enter(running)
      const { conversation } = talker
      conversation.onFrame(message('m1', 1), false)
      const got = await contact.waitForMessage('m1')
      expect(got.getChild('request', 'urn:xmpp:receipts')).toBeDefined()
      const to = String(got.attrs['from'])
      const tell = (name: string, xmlns: string) =>
        contact.sendRaw(xml('message', { to, type: 'chat' }, xml(name, { xmlns, id: 'm1' })))
      await tell('received', 'urn:xmpp:receipts')
      await tell('displayed', 'urn:xmpp:chat-markers:0')
      await tell('composing', 'http://jabber.org/protocol/chatstates')
      const state = { messageType: 'STATE', id: 'm1', from: 'contact' }
      expect(await talker.next('STATE')).toEqual({ ...state, state: 'delivered' })
      expect(await talker.next('STATE')).toEqual({ ...state, state: 'displayed' })
      expect(await talker.next('TYPING')).toMatchObject({ from: 'contact', state: 'composing' })
      conversation.onFrame(
        { messageType: 'DISPLAYED', id: 'd1', to: 'contact', message: 'x1', seq: 2 },
        false,
      )
      conversation.onFrame({ messageType: 'TYPING', to: 'contact', state: 'composing' }, false)
      await contact.waitFor(stanza => stanza.getChild('displayed')?.attrs['id'] === 'x1', 'the marker')
      await contact.waitFor(stanza => stanza.getChild('composing') !== undefined, 'the typing')
      await talker.leave()
    })
  })
}

describe('without an archive, on Prosody', () => {
  let dataDir: string
  let running: Server
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'stanzagate-archive-'))
    running = await startProsody({ dataDir, extraConfig: 'modules_disabled = { "s2s", "mam" }' })
  })
  afterAll(async () => {
    await running.stop()
    await rm(dataDir, { recursive: true })
  })

  test('[AR6] HISTORY is not offered, and a message that may have been sent stays unsure', async () => {
    const talker = await Talker.enter(running)
    expect(talker.features.archive).toBe(false)
    talker.conversation.onFrame({ messageType: 'HISTORY', id: 'h1' }, false)
    expect(await talker.next('ERROR')).toMatchObject({ id: 'h1', code: 'unsupported' })
    talker.conversation.onFrame(message('m1', 1), true)
    expect(await talker.next('STATE')).toMatchObject({ id: 'm1', state: 'unsure' })
    await talker.settled(1)
    await talker.leave()
  })
})
