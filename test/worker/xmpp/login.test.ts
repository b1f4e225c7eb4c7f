import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BIND, type FakeClient, FakeXmpp, mechanisms, SM } from '../../support/fake-xmpp.ts'
import { account, JID, LOGIN_TIMEOUT_MS, password, Subject } from './subject.ts'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

describe('the order of a login', () => {
  test('[XL1] header, SASL, header, bind, enable, and nothing else: no presence, no session, no query', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    const header = await client.open(mechanisms('SCRAM-SHA-1'))
    expect(header.attrs).toMatchObject({ to: 'localhost', version: '1.0', xmlns: 'jabber:client' })
    await client.authenticate(account)
    await client.open(BIND, SM)
    await client.bind(JID)
    await client.enable()
    const stream = await subject.stream()
    expect(stream.jid).toBe(JID)
    stream.drop()
    await client.gone
    await expect(client.read()).rejects.toThrow('the connection ended')
  })

  test('[XL2] a server without stream management is online after the bind', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit(BIND)
    await client.bind(JID)
    const stream = await subject.stream()
    expect(stream.features).toMatchObject({ resume: false, streamManagement: false })
    expect(stream.resumeState()).toBeUndefined()
  })

  test('[XL3] a server that will not enable it is online all the same', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit()
    await client.bind(JID)
    await client.read()
    client.write(`<failed xmlns='urn:xmpp:sm:3'/>`)
    expect((await subject.stream()).features.streamManagement).toBe(false)
  })

  test('[XL4] what the server can do is read from its features', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit(
      BIND,
      SM,
      `<csi xmlns='urn:xmpp:csi:0'/>`,
      `<ver xmlns='urn:xmpp:features:rosterver'/>`,
    )
    await client.bind(JID)
    await client.enable()
    expect((await subject.stream()).features).toEqual({
      resume: true,
      streamManagement: true,
      clientState: true,
      rosterVersioning: true,
      preApproval: false,
    })
  })

  test('[XL5] a bind that the server refuses is a failure, not a refusal', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit()
    const request = await client.read()
    client.write(
      `<iq type='error' id='${request.attrs.id}'><error type='wait'><resource-constraint/></error></iq>`,
    )
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
    await client.gone
  })
})

describe('a login that does not come to its end', () => {
  test('[XL6] nobody listens', async () => {
    server.stop()
    await expect(new Subject(server).opening).resolves.toMatchObject({ kind: 'failed', code: 'unreachable' })
  })

  const steps: [string, (client: FakeClient) => Promise<unknown>][] = [
    ['before the header', client => client.read()],
    [
      'in the middle of SASL',
      async client => {
        await client.open(mechanisms('SCRAM-SHA-1'))
        await client.read()
      },
    ],
    [
      'before the bind',
      async client => {
        await client.admit()
        await client.read()
      },
    ],
    [
      'before <enabled/>',
      async client => {
        await client.admit()
        await client.bind(JID)
        await client.read()
      },
    ],
  ]

  test.each(steps)('[XL7] the server falls silent %s', async (_where, go) => {
    const subject = new Subject(server)
    const client = await server.accept()
    await go(client)
    subject.clock.advance(LOGIN_TIMEOUT_MS)
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'timeout' })
    await client.gone
    expect(subject.clock.pending).toBe(0)
  })

  test.each(steps)('[XL8] the caller gives up %s', async (_where, go) => {
    const subject = new Subject(server)
    const client = await server.accept()
    await go(client)
    subject.abort.abort()
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'aborted' })
    await client.gone
    expect(subject.clock.pending).toBe(0)
  })

  test.each(steps)('[XL9] the connection breaks %s', async (_where, go) => {
    const subject = new Subject(server)
    const client = await server.accept()
    await go(client)
    client.drop()
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'unreachable' })
    expect(subject.clock.pending).toBe(0)
  })

  test.each(steps)('[XL10] the server reports a stream error %s', async (_where, go) => {
    const subject = new Subject(server)
    const client = await server.accept()
    await go(client)
    const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
    const error = `<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>`
    client.write((_where === 'before the header' ? header : '') + error + '</stream:stream>and more')
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
  })

  test('[XL11] the caller has given up before it began', async () => {
    const subject = new Subject(server)
    subject.abort.abort()
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'aborted' })
  })

  test('[XL12] silence in the middle of a TLS handshake', async () => {
    const subject = new Subject(server, { target: { security: 'direct-tls' } })
    const client = await server.accept()
    subject.clock.advance(LOGIN_TIMEOUT_MS)
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'timeout' })
    await client.gone
  })

  test('[XL13] garbage instead of XMPP', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    client.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
  })

  test('[XL14] more than a server may send before the login is done', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.open(mechanisms('PLAIN'))
    await client.read()
    client.write('<message/>'.repeat(10_002))
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
  })

  test('[XL15] a signal given up later does not touch a stream that is online', async () => {
    const subject = new Subject(server, { credential: password })
    const client = await server.accept()
    await client.admit()
    await client.bind(JID)
    await client.enable()
    const stream = await subject.stream()
    subject.abort.abort()
    client.write('<message/>')
    await subject.stanza()
    expect(subject.ends).toEqual([])
    stream.drop()
  })
})
