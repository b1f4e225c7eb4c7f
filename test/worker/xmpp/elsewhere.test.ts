import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { FakeXmpp, identityFor, mechanisms } from '../../support/fake-xmpp.ts'
import { JID, Subject } from './subject.ts'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

/** A place that counts who comes. */
async function counted(): Promise<{ address: string; visits: () => number }> {
  let visits = 0
  const place = createServer(socket => {
    visits += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(place, 'listening')
  onTestFinished(() => void place.close())
  return { address: `127.0.0.1:${(place.address() as AddressInfo).port}`, visits: () => visits }
}

const HEADER = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`

test('[XT9] see-other-host (RFC 6120 4.9.3.19) ends the login, and nobody goes there', async () => {
  const { address, visits } = await counted()
  const subject = new Subject(server)
  const client = await server.accept()
  await client.read()
  const place = `<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${address}</see-other-host>`
  client.write(`${HEADER}<stream:error>${place}</stream:error>`)
  await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
  await client.gone
  expect(visits()).toBe(0)
})

test('[XT10] the place that a resume names must show the certificate of the domain before it is told anything', async () => {
  const identity = await identityFor('elsewhere.example')
  const elsewhere = await FakeXmpp.start()
  onTestFinished(() => elsewhere.stop())
  const location = `127.0.0.1:${elsewhere.port}`
  const subject = new Subject(server, {
    target: { security: 'direct-tls', ca: identity.cert },
    resume: { id: 'sm0', jid: JID, h: 0, acked: 0, unacked: [], location },
  })
  const client = await elsewhere.accept()
  client.secure(identity)
  await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'tls' })
  await expect(client.read()).rejects.toThrow('the connection ended')
})

test('[XT11] of the mechanisms that bind to the channel none is taken, and none is mistaken for another', async () => {
  const subject = new Subject(server)
  const client = await server.accept()
  await client.open(mechanisms('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS'))
  await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'no-mechanism' })
})
