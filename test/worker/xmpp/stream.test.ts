import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { xml } from '../../../worker/xmpp/xml.ts'
import { BIND, FakeXmpp } from '../../support/fake-xmpp.ts'
import { handledBy, JID, online, Subject, SM_ACK } from './subject.ts'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

const SM_ASK = `<r xmlns='urn:xmpp:sm:3'/>`

describe('what comes from the server', () => {
  test('[XS1] stanzas in one piece with <enabled/> are counted from 1, after the promise has resolved', async () => {
    const subject = new Subject(server)
    const order: string[] = []
    void subject.opening.then(() => order.push('open'))
    const client = await server.accept()
    await client.admit()
    await client.bind(JID)
    await client.enable(`<message id='a'/><presence/>${SM_ASK}<message id='b'/>`)
    await subject.stream()
    order.push(...subject.heard.map(([, stanza]) => stanza))
    await subject.stanza()
    await subject.stanza()
    await subject.stanza()
    expect(order).toEqual(['open'])
    expect(subject.heard).toEqual([
      [1, '<message id="a"/>'],
      [2, '<presence/>'],
      [3, '<message id="b"/>'],
    ])
  })

  test('[XS2] stanzas before <enabled/> come first and have no count', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit()
    const { attrs } = await client.read()
    const bound = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${JID}</jid></bind>`
    client.write(`<message id='early'/><iq type='result' id='${attrs.id}'>${bound}</iq><message id='too'/>`)
    await client.enable(`<message id='first'/>`)
    await subject.stream()
    await subject.stanza()
    await subject.stanza()
    await subject.stanza()
    expect(subject.heard.map(([count]) => count)).toEqual([undefined, undefined, 1])
  })

  test('[XS3] without stream management nothing is counted', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit(BIND)
    await client.bind(JID)
    const stream = await subject.stream()
    client.write(`<message/>${SM_ASK}`)
    await subject.stanza()
    expect(subject.heard).toEqual([[undefined, '<message/>']])
    expect(stream.send(xml('message'))).toBeUndefined()
    await expect(client.read()).resolves.toMatchObject({ name: 'message' })
  })

  test('[XS4] no IQ is answered here, not even a ping', async () => {
    const { subject, client, stream } = await online(server)
    client.write(
      `<iq type='get' id='p' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq><iq type='set' id='q'><x/></iq>`,
    )
    await subject.stanza()
    await subject.stanza()
    stream.send(xml('message', { id: 'mine' }))
    await expect(client.read()).resolves.toMatchObject({ name: 'message' })
    expect(subject.heard).toHaveLength(2)
  })

  test('[XS5] an emoji may come one byte at a time', async () => {
    const { subject, client } = await online(server)
    await client.drip('<message><body>🎉 héllo</body></message>')
    await expect(subject.stanza()).resolves.toBe('<message><body>🎉 héllo</body></message>')
  })
})

describe('what the server is told to have been handled', () => {
  test('[XS6] <r/> is answered at once with what was declared handled, and nothing else is sent', async () => {
    const { subject, client, stream } = await online(server)
    client.write('<message/>'.repeat(5))
    expect(await handledBy(client)).toBe('0')
    stream.handled(3)
    expect(await handledBy(client)).toBe('3')
    stream.handled(2)
    expect(await handledBy(client)).toBe('3')
    expect(subject.heard).toHaveLength(5)
  })

  test('[XS7] it never passes what was received', async () => {
    const { client, stream } = await online(server)
    client.write('<message/><message/>')
    await handledBy(client)
    stream.handled(99)
    expect(await handledBy(client)).toBe('2')
    expect(stream.resumeState()?.h).toBe(2)
  })

  test('[XS8] unasked, an acknowledgement goes out every ackEvery stanzas', async () => {
    const limits = { loginTimeoutMs: 1000, maxStanzaBytes: 10_000, ackEvery: 4 }
    const { client, stream } = await online(server, { limits })
    client.write('<message/>'.repeat(10))
    await handledBy(client)
    for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9]) stream.handled(count)
    expect([await client.read(), await client.read()].map(ack => ack.attrs.h)).toEqual(['4', '8'])
    expect(await handledBy(client)).toBe('9')
  })
})

describe('what the server asked for and could not be told yet', () => {
  test('[XS20] is told once, as soon as all of it is handled: a server that asks once does not ask again', async () => {
    const { client, stream } = await online(server)
    client.write('<message/><message/>')
    expect(await handledBy(client)).toBe('0')
    stream.handled(1)
    stream.handled(2)
    await expect(client.read()).resolves.toMatchObject({ name: 'a', attrs: { h: '2' } })
  })
})

describe('what goes to the server', () => {
  test('[XS9] stanzas are numbered from 1, and one question for an acknowledgement is under way at a time', async () => {
    const { subject, client, stream } = await online(server)
    expect([1, 2, 3].map(n => stream.send(xml('message', { n })))).toEqual([1, 2, 3])
    const sent = [await client.read(), await client.read(), await client.read(), await client.read()]
    expect(sent.map(element => element.attrs.n ?? element.name)).toEqual(['1', 'r', '2', '3'])
    client.write(SM_ACK(1))
    await expect(client.read()).resolves.toMatchObject({ name: 'r' })
    client.write(SM_ACK(3))
    await handledBy(client)
    expect(subject.acked).toEqual([1, 3])
    expect(stream.resumeState()).toMatchObject({ acked: 3, unacked: [] })
  })

  test('[XS10] an element that is no stanza is sent and not counted', async () => {
    const { client, stream } = await online(server)
    expect(stream.send(xml('inactive', { xmlns: 'urn:xmpp:csi:0' }))).toBeUndefined()
    expect(stream.send(xml('presence'))).toBe(1)
    expect([await client.read(), await client.read()].map(({ name }) => name)).toEqual([
      'inactive',
      'presence',
    ])
    expect(stream.resumeState()?.unacked).toEqual(['<presence/>'])
  })

  test('[XS11] an acknowledgement that is old or comes twice changes nothing', async () => {
    const { subject, client, stream } = await online(server)
    stream.send(xml('message'))
    stream.send(xml('presence'))
    await client.read()
    client.write(SM_ACK(1) + SM_ACK(1) + SM_ACK(0) + SM_ACK(4294967295))
    await handledBy(client)
    expect(subject.acked).toEqual([1])
    expect(stream.resumeState()).toMatchObject({ acked: 1, unacked: ['<presence/>'] })
  })

  test.each([
    [SM_ACK(2), 'handled-count-too-high'],
    [SM_ACK('-1'), 'bad-format'],
    [`<a xmlns='urn:xmpp:sm:3'/>`, 'bad-format'],
  ])('[XS12] %s, after one stanza was sent, ends this stream', async (ack, condition) => {
    const { subject, client, stream } = await online(server)
    stream.send(xml('message'))
    client.write(ack)
    await expect(subject.ended).resolves.toEqual({ kind: 'error', condition })
    expect(stream.resumeState()).toBeUndefined()
  })
})

describe('a connection that died without a word', () => {
  test('[XS13] is asked for a sign of life after a minute, and given up after half a minute more', async () => {
    const { subject, client } = await online(server)
    await handledBy(client)
    subject.clock.advance(60_000)
    await expect(client.read()).resolves.toMatchObject({ name: 'r' })
    subject.clock.advance(30_000)
    await expect(subject.ended).resolves.toMatchObject({ kind: 'lost' })
    expect(subject.clock.pending).toBe(0)
  })

  test('[XS14] any stanza is a sign of life', async () => {
    const { subject, client, stream } = await online(server)
    for (let minute = 0; minute < 3; minute++) {
      await handledBy(client)
      subject.clock.advance(59_000)
    }
    await handledBy(client)
    expect(subject.ends).toEqual([])
    stream.drop()
  })

  test('[XS15] without stream management a space goes out, for TCP to find out', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit(BIND)
    await client.bind(JID)
    const stream = await subject.stream()
    client.write('<message/>')
    await subject.stanza()
    subject.clock.advance(200_000)
    expect(subject.ends).toEqual([])
    stream.drop()
  })
})
