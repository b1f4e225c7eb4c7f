import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StreamOver } from '../../../worker/xmpp/stream.ts'
import { xml } from '../../../worker/xmpp/xml.ts'
import { FakeXmpp } from '../../support/fake-xmpp.ts'
import { JID, online, Subject, SM_ACK } from './subject.ts'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

describe('what ends a stream, and only that one', () => {
  test.each([
    ['bad XML', '<message><body></message>', 'not-well-formed'],
    ['an unknown entity', '<message>&foo;</message>', 'not-well-formed'],
    ['a document type', '<!DOCTYPE x>', 'not-well-formed'],
    ['a comment', '<!-- x -->', 'restricted-xml'],
    ['a stanza beyond the limit', `<message>${'x'.repeat(300_000)}`, 'too-big'],
    ['a stanza too deep', '<a>'.repeat(100), 'too-deep'],
    ['bytes that are no UTF-8', Buffer.from([0x3c, 0xff]), 'unsupported-encoding'],
  ])('[XE1] %s', async (_what, data, condition) => {
    const other = await online(server)
    const { subject, client, stream } = await online(server)
    client.write(`<message id='before'/>`)
    await subject.stanza()
    client.write(data)
    await expect(subject.ended).resolves.toEqual({ kind: 'error', condition })
    await client.gone
    expect(() => stream.send(xml('message'))).toThrow(StreamOver)

    other.client.write(`<message id='neighbour'/>`)
    await expect(other.subject.stanza()).resolves.toBe('<message id="neighbour"/>')
  })

  test('[XE2] the server is told what was wrong', async () => {
    const { client } = await online(server)
    client.write('<a></b>')
    const error = await client.read()
    expect(error.getChild('not-well-formed', 'urn:ietf:params:xml:ns:xmpp-streams')).toBeDefined()
    await expect(client.read()).resolves.toMatchObject({ name: 'goodbye' })
  })

  test('[XE3] a stream error of the server, and bytes after it', async () => {
    const { subject, client } = await online(server)
    const error = `<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>`
    client.write(`<message/>${error}</stream:stream><message/>&nonsense;<`)
    await expect(subject.ended).resolves.toEqual({ kind: 'error', condition: 'conflict' })
    await client.gone
    expect(subject.heard).toHaveLength(1)
  })

  test('[XE4] the server says goodbye, and goes on talking', async () => {
    const { subject, client, stream } = await online(server)
    client.write('<message/></stream:stream><message/>')
    await expect(subject.ended).resolves.toEqual({ kind: 'closed' })
    await expect(client.read()).resolves.toMatchObject({ name: 'goodbye' })
    expect(subject.heard).toHaveLength(1)
    expect(stream.resumeState()).toBeUndefined()
  })

  test('[XE5] a connection that breaks can be resumed', async () => {
    const { subject, client, stream } = await online(server)
    stream.send(xml('message'))
    client.write('<presence/>')
    await subject.stanza()
    client.drop()
    await expect(subject.ended).resolves.toMatchObject({ kind: 'lost' })
    // What was pushed before is still acknowledged by the client afterwards.
    stream.handled(1)
    expect(stream.resumeState()).toEqual({
      id: 'sm1',
      jid: JID,
      h: 1,
      acked: 0,
      unacked: ['<message/>'],
      max: 300,
    })
  })

  test.each(['onStanza', 'onAcked'] as const)('[XE6] %s that throws ends its own stream', async handler => {
    const mistake = new Error('a mistake')
    const fail = () => {
      throw mistake
    }
    const { subject, client, stream } = await online(server, { [handler]: fail })
    stream.send(xml('message'))
    client.write(handler === 'onStanza' ? '<message/>' : SM_ACK(1))
    await expect(subject.ended).resolves.toEqual({
      kind: 'error',
      condition: 'internal-server-error',
      cause: mistake,
    })
  })

  test('[XE7] onClosed is called once, however many things go wrong', async () => {
    const { subject, client, stream } = await online(server)
    client.write('<bad></stream:stream>')
    await subject.ended
    stream.drop()
    await stream.close()
    await client.gone
    expect(subject.ends).toEqual([{ kind: 'error', condition: 'not-well-formed' }])
    expect(subject.clock.pending).toBe(0)
  })

  test('[XE8] a stream that ends in one piece with <enabled/> is online first and ends then', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit()
    await client.bind(JID)
    await client.enable('<message/></stream:stream>')
    await expect(subject.opening).resolves.toMatchObject({ kind: 'online' })
    expect(subject.ends).toEqual([])
    await expect(subject.ended).resolves.toEqual({ kind: 'closed' })
    expect(subject.heard).toHaveLength(1)
  })
})

describe('ending it ourselves', () => {
  test('[XE9] close: a last acknowledgement, then goodbye, then the server says the same', async () => {
    const { subject, client, stream } = await online(server)
    client.write('<message/>')
    await subject.stanza()
    stream.handled(1)
    const closing = stream.close()
    expect(() => stream.send(xml('message'))).toThrow(StreamOver)
    expect(stream.resumeState()).toBeUndefined()
    expect([await client.read(), await client.read()].map(String)).toEqual([
      '<a xmlns="urn:xmpp:sm:3" h="1"/>',
      '<goodbye/>',
    ])
    client.write('</stream:stream>')
    await closing
    await expect(subject.ended).resolves.toEqual({ kind: 'closed' })
    await client.gone
    expect(subject.clock.pending).toBe(0)
  })

  test('[XE10] a server that does not say goodbye is left after 2 s', async () => {
    const { subject, client, stream } = await online(server)
    const closing = stream.close()
    subject.clock.advance(2000)
    await closing
    await expect(stream.close()).resolves.toBeUndefined()
    expect(subject.ends).toEqual([{ kind: 'closed' }])
    await client.gone
  })

  test('[XE11] drop: no goodbye, and the session can be resumed', async () => {
    const { subject, client, stream } = await online(server)
    stream.drop()
    expect(() => stream.send(xml('message'))).toThrow(StreamOver)
    await client.gone
    await expect(client.read()).rejects.toThrow('the connection ended')
    expect(subject.ends).toEqual([{ kind: 'lost' }])
    expect(stream.resumeState()).toMatchObject({ id: 'sm1' })
  })

  test('[XE12] what waited is not delivered any more after a drop', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit()
    await client.bind(JID)
    await client.enable('<message/>')
    const stream = await subject.stream()
    stream.drop()
    await subject.ended
    await client.gone
    expect(subject.heard).toEqual([])
  })
})
