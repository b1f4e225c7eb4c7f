import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BIND, FakeXmpp, identityFor, mechanisms, SM, STARTTLS } from '../../support/fake-xmpp.ts'
import { account, JID, Subject } from './subject.ts'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

describe('TLS', () => {
  test('[XT1] STARTTLS, with the certificate checked against the domain and not the address', async () => {
    const identity = await identityFor('localhost')
    const subject = new Subject(server, { target: { security: 'starttls', ca: identity.cert } })
    const client = await server.accept()
    await client.open(STARTTLS, mechanisms('PLAIN'))
    await client.startTls(identity)
    await client.admit()
    await client.bind(JID)
    await client.enable()
    expect((await subject.stream()).jid).toBe(JID)
  })

  test('[XT2] TLS from the first byte', async () => {
    const identity = await identityFor('localhost')
    const subject = new Subject(server, { target: { security: 'direct-tls', ca: identity.cert } })
    const client = await server.accept()
    client.secure(identity)
    await client.admit()
    await client.bind(JID)
    await client.enable()
    expect((await subject.stream()).jid).toBe(JID)
  })

  test.each(['starttls', 'direct-tls'] as const)(
    '[XT3] %s: the certificate of another domain',
    async security => {
      const identity = await identityFor('elsewhere.example')
      const subject = new Subject(server, { target: { security, ca: identity.cert } })
      const client = await server.accept()
      if (security === 'starttls') {
        await client.open(STARTTLS)
        await client.startTls(identity)
      } else {
        client.secure(identity)
      }
      await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'tls' })
      await client.gone
    },
  )

  test('[XT4] a certificate that nobody vouches for', async () => {
    const identity = await identityFor('localhost')
    const subject = new Subject(server, { target: { security: 'direct-tls' } })
    const client = await server.accept()
    client.secure(identity)
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'tls' })
  })

  test('[XT5] STARTTLS that is not offered is insecure: somebody may have taken it out', async () => {
    const subject = new Subject(server, { target: { security: 'starttls' } })
    const client = await server.accept()
    await client.open(mechanisms('SCRAM-SHA-1', 'PLAIN'))
    await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'insecure' })
    await expect(client.read()).resolves.toMatchObject({ name: 'goodbye' })
  })

  test('[XT6] STARTTLS that the server then refuses', async () => {
    const subject = new Subject(server, { target: { security: 'starttls' } })
    const client = await server.accept()
    await client.open(STARTTLS)
    await client.read()
    client.write(`<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`)
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
  })

  test('[XT7] plain text slipped in behind <proceed/> does not become part of the secured stream', async () => {
    const identity = await identityFor('localhost')
    const subject = new Subject(server, { target: { security: 'starttls', ca: identity.cert } })
    const client = await server.accept()
    await client.open(STARTTLS)
    await client.startTls(identity, '<message><body>slipped in</body></message>')
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
  })

  test('[XT8] without TLS by configuration, an offer of STARTTLS is left alone', async () => {
    const subject = new Subject(server, { target: { security: 'none' } })
    const client = await server.accept()
    await client.open(STARTTLS, mechanisms('SCRAM-SHA-1'))
    await expect(client.authenticate(account)).resolves.toBe('success')
    await client.open(BIND, SM)
    await client.bind(JID)
    await client.enable()
    await subject.stream()
  })
})
