import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import xml from '@xmpp/xml'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startProsody } from '../../local/prosody.ts'
import { Cast, isGone, type Server } from '../support/cast.ts'
import { ejabberdAvailable, startEjabberd } from '../support/ejabberd.ts'
import type { Heard, RemoteStream } from '../support/remote-stream.ts'
import { tornLink } from '../support/torn-link.ts'
import type { XmppUser } from '../support/xmpp-user.ts'

/** Where real servers differ. */
const servers = [
  {
    name: 'Prosody',
    start: startProsody,
    skip: false,
    olderCount: 'ends the session',
    olderHolder: { kind: 'lost' },
    unhandledAtExpiry: 'offline',
    heldPresence: 'keeps its place',
    tornStanza: 'hears nothing any more',
  },
  {
    name: 'ejabberd',
    start: startEjabberd,
    skip: !ejabberdAvailable().available,
    olderCount: 'resumes, and numbers the rest from it',
    olderHolder: { kind: 'error', condition: 'conflict' },
    unhandledAtExpiry: 'archive',
    heldPresence: 'jumps the queue',
    tornStanza: 'hears what is sent again',
  },
] as const

/*
 * What the design of take-over stands on, asked of real servers: the XEP-0198 count as the number of an event, an `h` that comes late, and a
 * process that has nothing but the saved state and the SCRAM keys.
 */
for (const server of servers) {
  describe.skipIf(server.skip)(`a stream that changes hands, on ${server.name}`, () => {
    let dataDir: string
    let running: Server
    let cast: Cast
    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'stanzagate-resume-'))
      running = await server.start({ dataDir, hibernationSeconds: 300 })
      cast = await Cast.gather(running)
    })
    afterEach(() => cast.killHolders())
    afterAll(async () => {
      await cast.contact.logout()
      await running.stop()
      await rm(dataDir, { recursive: true })
    })

    test('[RS1] a successor numbers each stanza as the killed holder did, and gets all that was not handled, in order', async () => {
      const { contact, first, jid } = await cast.enter()
      for (const body of ['m1', 'm2', 'm3', 'm4', 'm5']) {
        await contact.send(jid, body)
        // Presence is counted too, and must come again too.
        await contact.sendPresence({ to: jid })
      }
      const seen = await first.messages(5)
      first.handled(countOf(seen[1]))
      const saved = await first.report()
      expect(saved.credential.kind).toBe('scram')
      await first.kill()
      await contact.sendPresence({ to: jid })
      await contact.send(jid, 'm6')

      const { second, opened } = await cast.succeed(saved)
      expect(opened).toMatchObject({ kind: 'online', resumed: true, jid })
      const again = await second.messages(4)
      await contact.send(jid, 'm7')
      const [live] = await second.messages(1)

      expect(again.slice(0, 3).map(numbered)).toEqual(seen.slice(2).map(numbered))
      const last = countOf(seen[4])
      // Two presences lie between m5 and m6.
      expect([...again.slice(3), live].map(numbered)).toEqual([`${last + 3} m6`, `${last + 4} m7`])
      expect(goneFor(contact, jid)).toBe(false)
    })

    test('[RS2] what the holder sent after its state was saved is counted by the server, and the successor goes on from there', async () => {
      const { contact, first, jid } = await cast.enter()
      const chat = { type: 'chat', to: contact.jid }
      await first.acked(Number(await first.send('message', chat, 'o1')))
      const saved = await first.report()
      await first.send('message', chat, 'o2')
      const lastNumber = Number(await first.send('message', chat, 'o3'))
      await contact.waitForMessage('o3', jid)
      await first.kill()

      const { second } = await cast.succeed(saved)
      expect(await second.send('message', chat, 'o4')).toBe(lastNumber + 1)
      await contact.waitForMessage('o4', jid)
      expect(bodies(contact, jid)).toEqual(['o1', 'o2', 'o3', 'o4'])
    })

    test('[RS3] of the unacknowledged stanzas in the state, the server gets those it has not, once', async () => {
      const { contact, first, jid } = await cast.enter()
      const chat = { type: 'chat', to: contact.jid }
      await first.acked(Number(await first.send('message', chat, 'o1')))
      const { resume, credential } = await first.report()
      const number = Number(await first.send('message', chat, 'o2'))
      await contact.waitForMessage('o2', jid)
      await first.kill()

      const unacked = ['o2', 'o3'].map(body => xml('message', chat, xml('body', {}, body)).toString())
      const { second } = await cast.succeed({ resume: { ...resume, unacked }, credential })
      await second.acked(number + 1)
      await contact.waitForMessage('o3', jid)
      expect(await second.send('message', chat, 'o4')).toBe(number + 2)
      await contact.waitForMessage('o4', jid)
      expect(bodies(contact, jid)).toEqual(['o1', 'o2', 'o3', 'o4'])
    })

    test(`[RS4] a count older than one that was told: ${server.name} ${server.olderCount}`, async () => {
      const { contact, first, jid } = await cast.enter()
      for (const body of ['m1', 'm2', 'm3', 'm4']) await contact.send(jid, body)
      const seen = await first.messages(4)
      const before = await first.report()
      first.handled(countOf(seen[2]))
      await told(first, contact)
      await first.kill()

      const { second, opened } = await cast.succeed(before)
      if (server.name === 'Prosody') {
        expect(opened).toMatchObject({ kind: 'failed', code: 'unreachable' })
        await contact.waitFor(isGone(jid), 'the end of the session')
      } else {
        expect(opened).toMatchObject({ resumed: true })
        // The server has dropped m1 to m3, and the client counts m4 as the next after `h`: two stanzas under one number.
        expect((await second.messages(1)).map(numbered)).toEqual([`${before.resume.h + 1} m4`])
      }
    })

    test('[RS5] a count higher than what was sent ends the session', async () => {
      const { contact, first, jid } = await cast.enter()
      await contact.send(jid, 'm1')
      await first.messages(1)
      const { resume, credential } = await first.report()
      await first.kill()

      const { opened } = await cast.succeed({ resume: { ...resume, h: resume.h + 50 }, credential })
      expect(opened.kind).toBe('failed')
      await contact.waitFor(isGone(jid), 'the end of the session')
    })

    test('[RS6] a holder that still lives loses the stream to the successor', async () => {
      const { contact, first, jid } = await cast.enter()
      await contact.send(jid, 'm1')
      const seen = await first.messages(1)
      const { second, opened } = await cast.succeed(await first.report())
      expect(opened).toMatchObject({ resumed: true })
      await expect(first.closed()).resolves.toEqual(server.olderHolder)
      expect((await second.messages(1)).map(numbered)).toEqual(seen.map(numbered))
      expect(goneFor(contact, jid)).toBe(false)
    })

    test(`[RS7] with client state indication (XEP-0352), presence held back during a resume ${server.heldPresence}`, async () => {
      const { contact, first, jid } = await cast.enter()
      await first.send('inactive', { xmlns: 'urn:xmpp:csi:0' })
      await contact.send(jid, 'm1')
      await contact.send(jid, 'm2')
      const seen = await first.messages(2)
      first.handled(countOf(seen[0]))
      const saved = await first.report()
      await first.kill()
      await contact.sendPresence({ to: jid })
      // The server handles one client's stanzas in order: once this has come back, it has seen the presence.
      await contact.send(contact.jid, 'settled')
      await contact.waitForMessage('settled')

      const { second } = await cast.succeed(saved)
      const [again] = await second.messages(1)
      const shift = server.heldPresence === 'keeps its place' ? 0 : 1
      expect(numbered(again)).toBe(`${countOf(seen[1]) + shift} m2`)
    })

    test(`[RS9] a connection that ended inside a stanza is resumed: ${server.name} ${server.tornStanza}`, async () => {
      const link = await tornLink(running)
      const { contact, first, jid } = await cast.enter(link.port)
      const chat = { type: 'chat', to: contact.jid }
      await first.acked(Number(await first.send('message', chat, 'o1')))
      // More than a record of TLS (RFC 8446 5.1: 2^14 bytes), of which one gets through.
      link.tearAfter(20_000)
      const long = 'o'.repeat(40_000)
      const number = Number(await first.send('message', chat, long))
      await first.closed()

      const { second, opened } = await cast.succeed(await first.report())
      expect(opened).toMatchObject({ resumed: true, jid })
      if (server.name === 'ejabberd') return second.acked(number)
      await contact.send(jid, 'm1')
      expect(await second.messages(1)).toMatchObject([{ body: 'm1' }])
      await expect(second.closed()).resolves.toEqual({ kind: 'lost' })
      const { second: third } = await cast.succeed(await second.report())
      await expect(third.closed()).resolves.toEqual({ kind: 'error', condition: 'deaf' })
      const fourth = await cast.startOver(await first.report())
      await fourth.acked(Number(await fourth.send('message', chat, long)))
    })
  })

  describe.skipIf(server.skip)(`a stream that nobody came for in time, on ${server.name}`, () => {
    let dataDir: string
    let running: Server
    let cast: Cast
    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'stanzagate-resume-'))
      running = await server.start({ dataDir, hibernationSeconds: 1 })
      cast = await Cast.gather(running)
    })
    afterAll(async () => {
      await cast.killHolders()
      await cast.contact.logout()
      await running.stop()
      await rm(dataDir, { recursive: true })
    })

    test(`[RS8] <failed/> says how many of ours were handled; what we had not handled is in the ${server.unhandledAtExpiry}`, async () => {
      const { contact, first, jid } = await cast.enter()
      for (const body of ['m1', 'm2', 'm3']) await contact.send(jid, body)
      const seen = await first.messages(3)
      first.handled(countOf(seen[0]))
      const number = await told(first, contact)
      const saved = await first.report()
      await first.kill()
      await contact.waitFor(isGone(jid), 'the end of the session')

      const { second, opened } = await cast.succeed(saved)
      expect(opened).toMatchObject({ kind: 'online', resumed: false, failedH: number })
      await second.send('presence')
      if (server.unhandledAtExpiry === 'offline') {
        expect((await second.messages(2)).map(({ body }) => body)).toEqual(['m2', 'm3'])
      } else {
        expect(await cast.archived()).toEqual(expect.arrayContaining(['m2', 'm3']))
      }
    })
  })
}

/** Resolves once the server has read all that the holder has written, with the number of the holder's last stanza. */
async function told(holder: RemoteStream, contact: XmppUser): Promise<number> {
  const last = `after the acknowledgement ${randomUUID()}`
  const number = await holder.send('message', { type: 'chat', to: contact.jid }, last)
  await contact.waitForMessage(last)
  return Number(number)
}

function countOf(stanza: Heard | undefined): number {
  if (stanza?.count === undefined) throw new Error('a stanza without a count')
  return stanza.count
}

function numbered(stanza: Heard | undefined): string {
  return `${countOf(stanza)} ${stanza?.body}`
}

function goneFor(contact: XmppUser, jid: string): boolean {
  return contact.received.some(isGone(jid))
}

function bodies(contact: XmppUser, from: string): (string | null)[] {
  const messages = contact.received.filter(stanza => stanza.is('message') && stanza.attrs['from'] === from)
  return messages.map(stanza => stanza.getChildText('body'))
}
